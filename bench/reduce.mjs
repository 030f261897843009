// `npm run bench -- reduce [words]`: mm reduce beside the clusterers that are installed, on the same input with the same thresholds, one after
// the other, each in a cgroup of its own where one can be made. Words: "file=x.fasta" (repeatable), "set=proteins" for fasta/proteins.fasta.gz
// in MM_TEST_DATA, or protein, nucleotide and sizes such as 10M, 100M of generated sequences (without any of these: 10M of both);
// "identity=0.9" (default 0.9 of proteins, 0.95 of nucleotides); "limit=192M" for mm; "repeat=3"; "threads=2"; "only=mm,mmseqs"; "size" for what
// zstd makes of the input and of what mm makes of it. "quality" counts violations and leftover (reduce/quality.mjs), of samples where there are
// many; it takes longer than the clusterers, and needs g++ and libedlib-dev. "scale" is mm alone on 10M, 100M and 1G of both kinds: does time grow as the input does?
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { makeSequences } from "../fixtures/sequences.mjs";
import { runInCgroup } from "./cgroup.mjs";
import { tools } from "./reduce/peers.mjs";
import { judge, makeJudge, numbered } from "./reduce/quality.mjs";

const MIB = 1024 * 1024;
const COVERAGE = 8000;
const folder = join(tmpdir(), "mm-bench-reduce");
const [inputs, outputs, scratch] = ["inputs", "outputs", "quality"].map((name) => join(folder, name));
const out = (name) => join(outputs, name);
const setting = (words, name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const settings = (words, name) => words.filter((word) => word.startsWith(`${name}=`)).map((word) => word.slice(name.length + 1));

export async function run(words) {
  for (const each of [inputs, outputs]) mkdirSync(each, { recursive: true });
  const isScale = words.includes("scale");
  const only = setting(words, "only", isScale ? "mm" : undefined)?.split(",");
  const judging = words.includes("quality") ? makeJudge(scratch) : undefined;
  const options = {
    threads: setting(words, "threads", "2"),
    limit: setting(words, "limit", undefined),
    coverage: COVERAGE,
    folder: outputs,
  };
  printRow(COLUMNS);
  for (const file of inputsOf(words, isScale)) {
    const kind = kindOf(file);
    const identity = Math.round(10_000 * Number(setting(words, "identity", kind === "protein" ? "0.9" : "0.95")));
    const copy = judging === undefined ? undefined : numbered(file, join(scratch, basename(file)));
    if (judging !== undefined && copy === undefined) console.log(`${basename(file)} is too large for "quality"`);
    const job = { ...options, file: copy ?? file, kind, identity };
    for (let at = 0; at < Number(setting(words, "repeat", "1")); at += 1) {
      await compare(
        job,
        tools(job).filter(({ name }) => only?.includes(name) ?? true),
        { judging: copy === undefined || at > 0 ? undefined : judging, isSized: words.includes("size") },
      );
    }
    if (copy !== undefined) rmSync(copy);
  }
  rmSync(outputs, { recursive: true });
}

function inputsOf(words, isScale) {
  const files = settings(words, "file");
  files.push(...settings(words, "set").map(unpacked));
  const kinds = ["protein", "nucleotide"].filter((kind) => words.includes(kind));
  const sizes = words.filter((word) => /^\d+[MG]$/.test(word));
  if (kinds.length === 0 && (isScale || sizes.length > 0 || files.length === 0)) kinds.push("protein", "nucleotide");
  if (sizes.length === 0) sizes.push(...(isScale ? ["10M", "100M", "1G"] : ["10M"]));
  for (const kind of kinds) for (const size of sizes) files.push(generated(kind, size));
  return files;
}

function unpacked(name) {
  const path = join(inputs, `${name}.fasta`);
  writeFileSync(path, gunzipSync(readFileSync(join(process.env.MM_TEST_DATA ?? ".", "fasta", `${name}.fasta.gz`))));
  return path;
}

function generated(kind, size) {
  const bytes = Number.parseInt(size, 10) * (size.endsWith("G") ? 1024 * MIB : MIB);
  const path = join(inputs, `${kind}-${size}.fasta`);
  if (existsSync(path) && statSync(path).size >= bytes) return path;
  const fd = openSync(path, "w");
  for (const piece of makeSequences({ kind, bytes, seed: 1 })) writeSync(fd, piece);
  closeSync(fd);
  return path;
}

/** By the first records of the file. */
function kindOf(file) {
  const fd = openSync(file, "r");
  const bytes = Buffer.alloc(200_000);
  const text = bytes.latin1Slice(0, readSync(fd, bytes));
  closeSync(fd);
  const head = text.replaceAll(/^>.*$/gm, "").replaceAll(/\s/g, "");
  const bases = head.replaceAll(/[^ACGTUNacgtun]/g, "").length;
  return bases >= 0.9 * head.length ? "nucleotide" : "protein";
}

/** A row for each tool, of the same job. */
async function compare(job, chosen, { judging, isSized }) {
  let reference;
  for (const tool of chosen) {
    if (spawnSync("sh", ["-c", `command -v ${tool.file}`]).status !== 0) {
      console.log(`${tool.name.padEnd(12)} is not installed`);
      continue;
    }
    const row = await measure(tool, job.file);
    if (tool.name === "mmseqs") reference = row.seconds;
    const quality = judging === undefined || row.code !== 0 ? undefined : judge(judging, job, tool.pairs());
    print(tool.name, job.file, row, reference, quality);
    if (row.code !== 0) console.log(row.said.trim().split("\n").slice(-2).join("\n"));
    if (tool.name === "mm" && row.code === 0 && isSized) printSize(job.file);
  }
}

async function measure(tool, file) {
  for (const name of readdirSync(outputs)) rmSync(out(name), { recursive: true });
  let diskBytes = 0;
  let lookedSeconds = 0;
  const cpuSeconds = childSeconds();
  const ran = await runInCgroup(tool.file, tool.args, {
    onSample: (seconds) => {
      if (seconds - lookedSeconds < 0.05) return;
      lookedSeconds = seconds;
      diskBytes = Math.max(diskBytes, bytesBelow(outputs));
    },
  });
  return {
    seconds: ran.wallSeconds,
    cpuSeconds: childSeconds() - cpuSeconds,
    peakBytes: ran.peakBytes,
    code: ran.code,
    said: ran.stderr + ran.stdout.slice(-1000),
    count: ran.code === 0 ? tool.count() : undefined,
    diskBytes: Math.max(diskBytes, bytesBelow(outputs)),
    bytes: statSync(file).size,
  };
}

/** Processor time of all children that have ended, and of theirs, in hundredths of a second as Linux counts it. */
function childSeconds() {
  const fields = readFileSync("/proc/self/stat", "latin1")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

const COLUMNS = {
  who: "who",
  input: "input",
  wall: "wall s",
  cpu: "CPU s",
  rate: "MB/s",
  peak: "peak",
  disk: "disk",
  perByte: "disk/byte",
  count: "representatives",
  share: "wall / mmseqs",
  violations: "violations",
  leftover: "leftover",
};
const WIDTHS = { who: 12, input: 20, wall: 7, cpu: 7, rate: 5, peak: 9, disk: 9, perByte: 9, count: 15, share: 13 };

function printRow(row) {
  const cells = Object.entries(row).map(([column, text]) => {
    if (column === "who" || column === "input") return text.slice(0, WIDTHS[column]).padEnd(WIDTHS[column]);
    return column in WIDTHS ? text.padStart(WIDTHS[column]) : text.padEnd(30);
  });
  console.log(cells.join("  ").trimEnd());
}

function print(name, file, { seconds, cpuSeconds, peakBytes, code, count, diskBytes, bytes }, reference, quality) {
  printRow({
    who: name,
    input: basename(file),
    wall: seconds.toFixed(2),
    cpu: cpuSeconds.toFixed(2),
    rate: (bytes / 1e6 / seconds).toFixed(0),
    peak: `${(peakBytes / MIB).toFixed(0)} MiB`,
    disk: `${(diskBytes / MIB).toFixed(0)} MiB`,
    perByte: (diskBytes / bytes).toFixed(2),
    count: code === 0 ? String(count) : `exit ${code}`,
    share: reference === undefined ? "" : (seconds / reference).toFixed(3),
    violations: quality?.violations ?? "",
    leftover: quality?.leftover ?? "",
  });
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

/** Bytes of what is written, outputs and temporary files. */
function bytesBelow(path) {
  let bytes = 0;
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(path, entry.name);
      bytes += entry.isDirectory() ? bytesBelow(inside) : statSync(inside).size;
    }
  } catch {
    // It went away while it was looked at.
  }
  return bytes;
}
