// mm and the clusterers beside it: how each is called with the same thresholds, and how its table of clusters is read.
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const mm = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "mm.js");
const SHARE = 10_000;

/**
 * @param {{ file: string, kind: string, identity: number, coverage: number, threads: string, limit?: string, folder: string }} job
 *   identity and coverage as shares of 10,000; the folder is where outputs go
 * @returns what to run, how many representatives came out, and pairs of names: representative and record
 */
export function tools({ file, kind, identity, coverage, threads, limit, folder }) {
  const out = (name) => join(folder, name);
  const share = (parts) => String(parts / SHARE);
  const ours = ["reduce", "-i", file, "-o", out("mm.fasta"), "-y", "-q", "--threads", threads];
  ours.push("--identity", share(identity), "--coverage", share(coverage), ...(limit === undefined ? [] : ["--max-memory", limit]));
  const mmseqs = ["easy-linclust", file, out("mmseqs"), out("mmseqs-tmp"), "--min-seq-id", share(identity), "-c", share(coverage)];
  const cdhit = ["-i", file, "-o", out("cdhit"), "-c", share(identity), "-G", "0", "-aS", share(coverage), "-M", "0", "-T", threads];
  const diamond = ["linclust", "-d", file, "-o", out("diamond"), "--threads", threads];
  // Its identity is an estimate from the score. Debian's 2.1.3 takes the memory limit with a G alone.
  diamond.push("--approx-id", String(identity / 100), "--member-cover", String(coverage / 100), "-M", "16G");
  const readMm = { count: () => countRecords(out("mm.fasta")), pairs: () => readTable(out("mm.fasta.tsv")) };
  const readCdhit = { count: () => countRecords(out("cdhit")), pairs: () => readClstr(out("cdhit.clstr")) };
  return [
    {
      name: "mmseqs",
      file: "mmseqs",
      args: [...mmseqs, "--cov-mode", "1", "--cluster-mode", "2", "--threads", threads],
      count: () => countRecords(out("mmseqs_rep_seq.fasta")),
      pairs: () => readTable(out("mmseqs_cluster.tsv")),
    },
    { name: "mm", file: process.execPath, args: [mm, ...ours], ...readMm },
    { name: "mm verify", file: process.execPath, args: [mm, ...ours, "--verify"], ...readMm },
    kind === "protein"
      ? { name: "cd-hit", file: "cd-hit", args: [...cdhit, "-d", "0", "-n", "5"], ...readCdhit }
      : { name: "cd-hit-est", file: "cd-hit-est", args: [...cdhit, "-d", "0", "-n", "10", "-r", "1"], ...readCdhit },
    ...(kind === "protein"
      ? [
          {
            name: "diamond",
            file: "diamond",
            args: diamond,
            count: () => new Set(readTable(out("diamond")).map(([representative]) => representative)).size,
            pairs: () => readTable(out("diamond")),
          },
        ]
      : []),
  ];
}

/** In pieces: a string holds half a GiB at most. */
function countRecords(path) {
  const fd = openSync(path, "r");
  const bytes = Buffer.allocUnsafe(1 << 20);
  let records = 0;
  let before = "\n";
  for (let length = readSync(fd, bytes); length > 0; length = readSync(fd, bytes)) {
    const text = before + bytes.latin1Slice(0, length);
    records += text.match(/\n>/g)?.length ?? 0;
    before = text.slice(-1);
  }
  closeSync(fd);
  return records;
}

/** A row for each record, the representative first. */
function readTable(path) {
  return readFileSync(path, "latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t", 2));
}

/** `0	212aa, >name... *` is the representative, wherever it stands in its cluster. */
function readClstr(path) {
  const pairs = [];
  for (const cluster of readFileSync(path, "latin1").split(/^>Cluster .*\n/m)) {
    const rows = [...cluster.matchAll(/, >(.*)\.\.\. (\*|at)/g)];
    const representative = rows.find(([, , mark]) => mark === "*")?.[1];
    for (const [, name] of rows) pairs.push([representative, name]);
  }
  return pairs;
}
