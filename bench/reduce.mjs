// `npm run bench -- reduce [words]`: mm reduce beside the clusterers that are installed, on the same input with the same thresholds, one after
// the other, each in a cgroup of its own where one can be made. Words: "file=x.fasta" (repeatable), or protein, nucleotide and sizes such as
// 10M, 100M, 1G of generated sequences; "identity=0.9" (default 0.9 of proteins, 0.95 of nucleotides); "limit=192M" for mm; "repeat=3";
// "threads=2"; "only=mm"; "size" for what zstd makes of the input and of what mm makes of it.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeSequences } from "../fixtures/sequences.mjs";
import { runInCgroup } from "./cgroup.mjs";

const MIB = 1024 * 1024;
const mm = join(dirname(fileURLToPath(import.meta.url)), "..", "bin", "mm.js");
const folder = join(tmpdir(), "mm-bench-reduce");
const out = (name) => join(folder, name);
const setting = (words, name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;

export async function run(words) {
  mkdirSync(folder, { recursive: true });
  const repeats = Number(setting(words, "repeat", "1"));
  const threads = setting(words, "threads", "2");
  const limit = setting(words, "limit", undefined);
  const only = setting(words, "only", undefined);
  const identity = setting(words, "identity", undefined);
  const files = words.filter((word) => word.startsWith("file=")).map((word) => word.slice(5));
  const kinds = ["protein", "nucleotide"].filter((kind) => words.includes(kind));
  const sizes = words.filter((word) => /^\d+[MG]$/.test(word));
  for (const kind of kinds) for (const size of sizes.length > 0 ? sizes : ["10M"]) files.push(generated(kind, size));
  console.log("who          input                      wall s   MB/s   peak      disk      representatives   wall / mmseqs");
  for (const file of files) {
    const kind = kindOf(file);
    for (let at = 0; at < repeats; at += 1) {
      let reference;
      for (const tool of tools(file, kind, identity ?? (kind === "protein" ? "0.9" : "0.95"), threads, limit)) {
        if (only !== undefined && tool.name !== only) continue;
        if (spawnSync("sh", ["-c", `command -v ${tool.file}`]).status !== 0) {
          console.log(`${tool.name.padEnd(12)} is not installed`);
          continue;
        }
        const row = await measure(tool, file);
        if (tool.name === "mmseqs") reference = row.seconds;
        print(tool.name, file, row, reference);
        if (tool.name === "mm" && row.code === 0 && words.includes("size")) printSize(file);
      }
    }
  }
}

/** The first records of the file. */
function kindOf(file) {
  const head = readFileSync(file, { encoding: "latin1", flag: "r" }).slice(0, 200_000).replaceAll(/^>.*$/gm, "").replaceAll(/\s/g, "");
  const bases = head.replaceAll(/[^ACGTUNacgtun]/g, "").length;
  return bases >= 0.9 * head.length ? "nucleotide" : "protein";
}

function generated(kind, size) {
  const bytes = Number.parseInt(size, 10) * (size.endsWith("G") ? 1024 * MIB : MIB);
  const path = join(folder, `${kind}-${size}.fasta`);
  if (existsSync(path) && statSync(path).size >= bytes) return path;
  const fd = openSync(path, "w");
  for (const piece of makeSequences({ kind, bytes, seed: 1 })) writeSync(fd, piece);
  closeSync(fd);
  return path;
}

function tools(file, kind, identity, threads, limit) {
  const ours = ["reduce", "-i", file, "-o", out("mm.fasta"), "-y", "-q", "--identity", identity, "--threads", threads];
  const mmseqs = ["easy-linclust", file, out("mmseqs"), out("mmseqs-tmp"), "--min-seq-id", identity, "-c", "0.8", "--cov-mode", "1"];
  const cdhit = ["-i", file, "-o", out("cdhit"), "-c", identity, "-G", "0", "-aS", "0.8", "-M", "0", "-T", threads, "-d", "0"];
  const diamond = [
    "linclust",
    "-d",
    file,
    "-o",
    out("diamond"),
    "--approx-id",
    String(100 * identity),
    "--member-cover",
    "80",
    "-M",
    "1",
    "--threads",
    threads,
  ];
  return [
    {
      name: "mmseqs",
      file: "mmseqs",
      args: [...mmseqs, "--cluster-mode", "2", "--threads", threads],
      count: () => records(out("mmseqs_rep_seq.fasta")),
    },
    {
      name: "mm",
      file: process.execPath,
      args: [mm, ...ours, ...(limit === undefined ? [] : ["--max-memory", limit])],
      count: () => records(out("mm.fasta")),
    },
    {
      name: "mm verify",
      file: process.execPath,
      args: [mm, ...ours, "--verify", ...(limit === undefined ? [] : ["--max-memory", limit])],
      count: () => records(out("mm.fasta")),
    },
    kind === "protein"
      ? { name: "cd-hit", file: "cd-hit", args: [...cdhit, "-n", "5"], count: () => records(out("cdhit")) }
      : { name: "cd-hit-est", file: "cd-hit-est", args: [...cdhit, "-n", "10", "-r", "1"], count: () => records(out("cdhit")) },
    ...(kind === "protein" ? [{ name: "diamond", file: "diamond", args: diamond, count: () => distinctFirst(out("diamond")) }] : []),
  ];
}

async function measure(tool, file) {
  for (const name of readdirSync(folder))
    if (!name.endsWith(".fasta") || name.startsWith("mm")) rmSync(join(folder, name), { recursive: true });
  let diskBytes = 0;
  let lookedSeconds = 0;
  const ran = await runInCgroup(tool.file, tool.args, {
    onSample: (seconds) => {
      if (seconds - lookedSeconds < 0.1) return;
      lookedSeconds = seconds;
      diskBytes = Math.max(diskBytes, bytesBelow(folder, basename(file)));
    },
  });
  const count = ran.code === 0 ? tool.count() : undefined;
  return { seconds: ran.wallSeconds, peakBytes: ran.peakBytes, code: ran.code, count, diskBytes, bytes: statSync(file).size };
}

function print(name, file, { seconds, peakBytes, code, count, diskBytes, bytes }, reference) {
  const cells = [
    name.padEnd(12),
    basename(file).slice(0, 25).padEnd(26),
    seconds.toFixed(2).padStart(6),
    (bytes / 1e6 / seconds).toFixed(0).padStart(6),
    `${(peakBytes / MIB).toFixed(0)} MiB`.padStart(9),
    `${(diskBytes / MIB).toFixed(0)} MiB`.padStart(9),
    (code === 0 ? String(count) : `exit ${code}`).padStart(13),
    reference === undefined ? "" : (seconds / reference).toFixed(3).padStart(12),
  ];
  console.log(cells.join("  "));
}

/** Bytes that zstd makes of what the shell command writes. */
function packedBytes(command, ...files) {
  const ran = spawnSync("sh", ["-c", `${command} | zstd -12 --long=27 -qc | wc -c`, "sh", ...files], { encoding: "utf8" });
  return Number(ran.stdout);
}

/** Representatives and deltas as zstd packs them, beside the input, and beside the input with each sequence in one line. */
function printSize(file) {
  if (spawnSync("sh", ["-c", "command -v zstd"]).status !== 0) return console.log("size         zstd is not installed");
  const whole = packedBytes('cat "$1"', file);
  const share = (bytes) => `${bytes} (${(bytes / whole).toFixed(4)})`;
  const both = packedBytes('cat "$1" "$2"', out("mm.fasta"), out("mm.fasta.mmd"));
  const unwrapped = packedBytes(`awk '/^>/ { print (NR > 1 ? "\\n" : "") $0; next } { printf "%s", $0 } END { print "" }' "$1"`, file);
  const [representatives, deltas] = ["mm.fasta", "mm.fasta.mmd"].map((name) => packedBytes('cat "$1"', out(name)));
  console.log(`size         input ${whole}, representatives and deltas ${share(both)}, unwrapping alone ${share(unwrapped)}`);
  console.log(`             representatives alone ${share(representatives)}, deltas alone ${share(deltas)}`);
}

function records(path) {
  return readFileSync(path, "latin1").match(/^>/gm)?.length ?? 0;
}

function distinctFirst(path) {
  return new Set(
    readFileSync(path, "latin1")
      .split("\n")
      .map((line) => line.split("\t")[0])
      .filter((name) => name !== ""),
  ).size;
}

/** Bytes of what is written, the input aside. */
function bytesBelow(path, except) {
  let bytes = 0;
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) bytes += bytesBelow(inside, except);
      else if (entry.name !== except && !/^(protein|nucleotide)-/.test(entry.name)) bytes += statSync(inside).size;
    }
  } catch {
    // It went away while it was looked at.
  }
  return bytes;
}
