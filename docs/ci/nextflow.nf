// A process whose memory directive is also the limit that mm holds it to. Exit 75 is only ever memory or disk: it is run again with twice as
// much, and any other failure is a failure. Without mm the scheduler would kill the task with a bare 137, or the node would swap.
process REDUCE {
    memory { 4.GB * (2 ** (task.attempt - 1)) }
    errorStrategy { task.exitStatus == 75 ? 'retry' : 'terminate' }
    maxRetries 3

    input:
    path fasta

    output:
    path '*.reduced.fasta*'
    path 'memory.json'

    script:
    // A quarter of a GiB stays for the shell that Nextflow wraps around the task.
    """
    mm reduce -i ${fasta} --max-memory ${task.memory.toMega() - 256}M --report memory.json
    """
}

// The same for a program that mm knows nothing of.
process SORT {
    memory { 2.GB * task.attempt }
    errorStrategy { task.exitStatus == 75 ? 'retry' : 'terminate' }
    maxRetries 3

    input:
    path table

    output:
    path 'sorted.tsv'

    script:
    """
    mm run --max-memory ${task.memory.toMega() - 256}M -- sort -o sorted.tsv ${table}
    """
}

workflow {
    REDUCE(Channel.fromPath(params.fasta))
}
