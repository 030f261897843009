/** What the native stages of sequences take and give (native/napi/{reduction,restoration,expansion}_wrap.cc), by the rules of types.ts. */

export type AlphabetName = "nucleotide" | "protein";

/** Files read as if they were one behind the other (native/sequence/input_windows.h). */
export type InputRequest = {
  /** Descriptors of regular files, which the caller keeps, and how much is read of each. */
  readonly inputs: readonly { readonly fd: number; readonly byteLength: number }[];
  /** Windows in flight, at least 2. */
  readonly windowCount: number;
  readonly windowBytes: number;
  readonly readsAhead: boolean;
};

/** Reading FASTA of any shape once (native/sequence/ingest.h). */
export type IngestRequest = InputRequest & {
  /** undefined: the first MiB of residues decides. */
  readonly alphabet?: AlphabetName | undefined;
  /** 2 and 5 bits a residue, else 8. */
  readonly packs: boolean;
  /** Bytes, a power of two: columns of the table the counts are made from begin at multiples of it. */
  readonly columnAlignment: number;
  /** Text that is no FASTA is taken too. */
  readonly takesAnything: boolean;
};

export type IngestCounts = {
  readonly inputBytes: number;
  readonly records: number;
  readonly residues: number;
  /** Lengths in residues. */
  readonly shortest: number;
  readonly longest: number;
  /** The first one of that length, from 0. */
  readonly longestRecord: number;
  readonly gcResidues: number;
  readonly alphabet: AlphabetName;
  /** Of all bytes of the input, 64 hex digits. */
  readonly sha256: string;
  /** Records by the bit length of their length: [0] empty, [n] from 2^(n-1). */
  readonly lengths: readonly number[];
  /** Records of nucleotides by their share of G and C, in twentieths. */
  readonly gcContents: readonly number[];
  /** Records by the share of distinct 3-mers among their first ones, in tenths. */
  readonly complexities: readonly number[];
};

/** Greedy clustering in order of length (native/sequence/cluster.h). */
export type ClusterRequest = {
  readonly alphabet: AlphabetName;
  readonly packs: boolean;
  /** x 10^4. */
  readonly identity: number;
  readonly coverage: number;
  readonly coverageMode: "member" | "both";
  readonly bothStrands: boolean;
  readonly threads: number;
  /** Sequences worked on at once. */
  readonly batchRecords: number;
  /** Table lookups ahead of its use a line is fetched; 0 = none. */
  readonly prefetchDistance: number;
};

export type ClusterCounts = {
  readonly representatives: number;
  readonly members: number;
  /** Among the members: the same residues as an earlier record. */
  readonly exactDuplicates: number;
  readonly rounds: number;
  readonly alignments: number;
  /** Members by identity: [0] 100 %, [1] from 99, ..., [50] below 51. */
  readonly identities: readonly number[];
  /** Clusters by the bit length of their size. */
  readonly clusterSizes: readonly number[];
};

/** The second pass over the same input (native/sequence/reduced_output.h). Descriptors are open for writing and stay the caller's. */
export type ReducedOutputRequest = InputRequest & {
  readonly alphabet: AlphabetName;
  readonly identity: number;
  readonly coverage: number;
  readonly coverageMode: "member" | "both";
  readonly representatives: number;
  readonly deltas: number;
  /** -1 = none. */
  readonly clusters: number;
  readonly index: number;
  readonly clusterFormat: "tsv" | "clstr" | "uc";
};

export type ReducedOutputCounts = {
  readonly representativeBytes: number;
  readonly deltaBytes: number;
  readonly clusterBytes: number;
  /** Representatives that an index of FASTA cannot hold. */
  readonly unindexed: number;
};

export type ReductionOptions = {
  /** Parts of the segment that are the sorters'; the stages share the rest. */
  readonly rankBytes: number;
  readonly assignmentBytes: number;
  /** The most bytes all files may hold at once. */
  readonly diskLimitBytes: number;
  /** For more than one `cluster`: what is read of the ranks is not given back. */
  readonly keepsRanks: boolean;
  /** Descriptors of empty files for reading and writing: ranks, assignments, rows, two rounds. They stay the caller's. */
  readonly files: number[];
};

export type SorterName = "ranks" | "assignments";

/** Where the records of a sorter are in its file (native/core/external_sorter.h). */
export type SorterDescription = {
  /** What is behind is none of them. */
  readonly fileBytes: number;
  readonly records: number;
  /** Of the longest one as it lies in a run. */
  readonly longestRecordBytes: number;
  /** Stretches [begin, end) of the file, and the XXH64 of each, 16 hex digits. */
  readonly runs: readonly { readonly begin: number; readonly end: number; readonly hash: string }[];
};

/** Bytes or records of the running stage, and what its files hold. */
export type StageProgress = { readonly done: number; readonly total: number; readonly diskBytes: number; readonly diskPeakBytes: number };

/**
 * The stages of a reduction, one at a time, each on threads of its own. Promises reject with `code` ECANCELED, ENOMEM (with `lackingBytes`), ENOSPC
 * (with `lackingBytes` when the disk limit is meant), EBADMSG (with `operation` in words and `offset` in the input), ESTALE (the input
 * changed), or the errno of a call. Pins the segment until closed.
 */
export interface NativeReduction {
  ingest(request: IngestRequest): Promise<IngestCounts>;
  /** Not the first: in place of what the one before found out. */
  cluster(request: ClusterRequest): Promise<ClusterCounts>;
  /** After `cluster`: bytes that the representatives will take in their file. Reads the input once more. */
  measure(request: InputRequest): Promise<number>;
  write(request: ReducedOutputRequest): Promise<ReducedOutputCounts>;
  /**
   * Makes the sorter's file hold what the next stage needs, from the end of the stage that found it out until the job's; undefined, and nothing
   * done, with `onlySpilled` for records that are in memory. ENOSPC changes nothing either.
   */
  persist(sorter: SorterName, onlySpilled: boolean): Promise<SorterDescription | undefined>;
  /**
   * In place of the stages up to the one that fills this sorter, whose file holds what an earlier job left: reads all of it once. Rejects with EIO
   * where that is not what `persist` described, ENOMEM where it is too much for this sorter; close is all that may follow then.
   */
  adopt(sorter: SorterName, description: SorterDescription, input: IngestCounts): Promise<void>;
  /** Empties the ranks' file, which nothing needs after `cluster`. */
  forgetRanks(): void;
  progress(): StageProgress;
  /** The running stage ends soon. */
  cancel(): void;
  /** Throws EBUSY while a stage runs. Idempotent. */
  close(): void;
}

export type RestoreRequest = {
  readonly representatives: number;
  readonly representativesBytes: number;
  readonly deltas: number;
  readonly deltasBytes: number;
  /** A file or a pipe; -1 = the bytes are only hashed. */
  readonly output: number;
  readonly threads: number;
};

export type RestoreCounts = {
  readonly records: number;
  readonly outputBytes: number;
  readonly sha256: string;
  /** What the delta file says of the input. */
  readonly wantedSha256: string;
};

/** Representatives and deltas back to what they were made of. Rejects as NativeReduction does. Pins the segment until closed. */
export interface NativeRestoration {
  all(request: RestoreRequest): Promise<RestoreCounts>;
  /** Records whose name is among these, in the order of the input; resolves with how many there were. */
  named(request: RestoreRequest, names: string[]): Promise<number>;
  progress(): StageProgress;
  cancel(): void;
  close(): void;
}

export type ExpansionOptions = {
  /** The most bytes all files may hold at once. */
  readonly diskLimitBytes: number;
  /** Descriptors of empty files for reading and writing: records, entries, lifts, names. They stay the caller's. */
  readonly files: number[];
};

export type LiftIndexRequest = {
  readonly representatives: number;
  readonly representativesBytes: number;
  readonly deltas: number;
  readonly deltasBytes: number;
};

export type LiftIndexCounts = {
  readonly representatives: number;
  readonly members: number;
  /** Records that the delta file holds without saying what they are made of. */
  readonly stored: number;
};

export type ExpandRequest = {
  /** A regular file. */
  readonly hits: number;
  readonly hitsBytes: number;
  /** A file or a pipe. */
  readonly output: number;
};

export type ExpandCounts = {
  /** Lines read; after a failure the line it is about, and the byte where that starts. */
  readonly lines: number;
  readonly position: number;
  readonly outputBytes: number;
  /** Lines written, by what they say of themselves (native/sequence/hit_writer.h). */
  readonly hit: number;
  readonly same: number;
  readonly computed: number;
  readonly fewest: number;
  readonly inherited: number;
  readonly clipped: number;
  readonly ambiguous: number;
};

/** Hits on representatives lifted to their members: first index, then expand. Rejects as NativeReduction does. Pins the segment until closed. */
export interface NativeExpansion {
  index(request: LiftIndexRequest): Promise<LiftIndexCounts>;
  expand(request: ExpandRequest): Promise<void>;
  /** Of expand, when it has ended. */
  counts(): ExpandCounts;
  progress(): StageProgress;
  cancel(): void;
  close(): void;
}
