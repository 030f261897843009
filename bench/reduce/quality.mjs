// What a clustering is worth, whoever made it, decided pair by pair by check-pairs.cc. Violations: members that no alignment with their own
// representative makes members. Leftover: representatives that a longer one (or one as long and before it) would have taken; the pairs to look at
// come from a search that is more thorough than any clusterer: vsearch with every hit for nucleotides, mmseqs search for proteins.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomSource } from "../../fixtures/sequences.mjs";

const source = join(dirname(fileURLToPath(import.meta.url)), "check-pairs.cc");
const MOST_BYTES = 2 ** 28;
const SAMPLE = 10_000;
const SAMPLED_REPRESENTATIVES = 1_000;
/** Of a representative, the nearest by the search's own count: one that passes is enough, and those who would are ahead of strangers. */
const MOST_HITS = "100";
/** Of mmseqs. For 1,000 of the representatives that mm leaves of 10M of proteins, 2 and 7.5 find the same pairs, and 7.5 takes over a minute. */
const SENSITIVITY = "4";
/** Of vsearch. By its default, 8, two strangers share enough words to be aligned: over a minute where this takes 1 s of CPU. */
const WORD = "12";
/** The search may find a pair a little below what is asked: its alignments are others. */
const SLACK = 500;

/** Compiles what decides; undefined, and a line that says why, where that cannot be. */
export function makeJudge(folder) {
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "check-pairs");
  const ran = spawnSync(process.env.CXX ?? "g++", ["-std=c++20", "-O3", source, "-ledlib", "-o", program], { encoding: "utf8" });
  if (ran.status === 0) return { folder, program };
  console.log(`no violations and no leftover are counted: ${ran.error?.message ?? ran.stderr.split("\n", 1)[0]} (libedlib-dev is needed)`);
  return undefined;
}

/** A copy whose records have numbers for names, as tables give names alone, and inputs have some of them twice. */
export function numbered(file, path) {
  const bytes = readFileSync(file);
  if (bytes.length > MOST_BYTES) return undefined;
  let number = 0;
  writeFileSync(
    path,
    bytes.latin1Slice().replaceAll(/^>/gm, () => `>${number++} `),
    "latin1",
  );
  return path;
}

/**
 * @param {{ file: string, kind: string, identity: number, coverage: number, threads: string }} job the numbered copy, and the thresholds
 * @param {[string, string][]} pairs numbers of representative and record
 * @returns how it is for the cells of the table
 */
export function judge({ folder, program }, job, pairs) {
  const members = pairs.filter(([representative, name]) => representative !== name).map(([representative, name]) => [name, representative]);
  const looked = sample(members, SAMPLE);
  const asked = (list) => decide(program, job, list);
  const violations = share(
    asked(looked).filter((answer) => answer !== "1"),
    looked.length,
    members.length,
  );
  const representatives = [...new Set(pairs.map(([representative]) => representative))];
  const searched = sample(representatives, SAMPLED_REPRESENTATIVES);
  const found = search(folder, job, representatives, searched);
  if (found === undefined) return { violations, leftover: "no search" };
  const answers = asked(found);
  const kept = new Map();
  found.forEach(([name], at) => {
    if (answers[at] !== "0" && kept.get(name) !== "1") kept.set(name, answers[at] === "1" ? "0" : "?");
  });
  return { violations, leftover: share([...kept.values()], searched.length, representatives.length) };
}

/** Without repeats, in the order of a seed. */
function sample(items, most) {
  if (items.length <= most) return items;
  const random = randomSource(1);
  const left = [...items];
  for (let at = 0; at < most; at += 1) {
    const other = at + Math.floor(random() * (left.length - at));
    [left[at], left[other]] = [left[other], left[at]];
  }
  return left.slice(0, most);
}

/** "3 of 2000 (of 74,601)": how many of how many that were looked at, and how many there are. */
function share(answers, looked, all) {
  const open = answers.filter((answer) => answer === "?").length;
  const whole = looked === all ? "" : ` sampled of ${all}`;
  return `${answers.length - open} of ${looked}${whole}${open === 0 ? "" : `, ${open} too large`}`;
}

function decide(program, { file, kind, identity, coverage }, pairs) {
  const words = [file, String(identity), String(coverage), kind === "protein" ? "1" : "2"];
  const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
  const ran = spawnSync(program, words, { input, encoding: "latin1", maxBuffer: MOST_BYTES });
  const answers = ran.stdout.split("\n").slice(0, -1);
  if (ran.status !== 0 || answers.length !== pairs.length)
    throw new Error(`check-pairs ended with ${ran.status} after ${answers.length} pairs`);
  return answers;
}

/** Pairs of a representative that was sampled and one before it in rank, which some alignment of the search brought together. */
function search(folder, { file, kind, identity, coverage, threads }, representatives, searched) {
  const records = readFileSync(file, "latin1").split(/^>/m).slice(1);
  const [all, some, hits, scratch] = ["all.fasta", "some.fasta", "hits.tsv", "search"].map((name) => join(folder, name));
  const text = (numbers) => numbers.map((number) => `>${records[Number(number)]}`).join("");
  writeFileSync(all, text(representatives), "latin1");
  writeFileSync(some, text(searched), "latin1");
  const least = String((identity - SLACK) / 10_000);
  const covered = String((coverage - SLACK) / 10_000);
  const [program, words] =
    kind === "protein"
      ? ["mmseqs", ["easy-search", some, all, hits, scratch, "-s", SENSITIVITY, "--min-seq-id", least, "-c", covered, "--cov-mode", "2"]]
      : ["vsearch", ["--usearch_global", some, "--db", all, "--userout", hits, "--id", least, "--query_cov", covered]];
  const more =
    kind === "protein"
      ? ["--max-seqs", MOST_HITS, "--mask", "0", "--format-output", "query,target", "-v", "1"]
      : [
          "--userfields",
          "query+target",
          "--strand",
          "both",
          "--maxaccepts",
          "0",
          "--maxrejects",
          "0",
          "--qmask",
          "none",
          "--dbmask",
          "none",
        ];
  if (kind !== "protein") more.push("--wordlength", WORD, "--minseqlength", "1", "--quiet");
  const ran = spawnSync(program, [...words, ...more, "--threads", threads], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (ran.status !== 0) return undefined;
  const length = (number) => records[number].replace(/^.*\n/, "").replaceAll(/\s/g, "").length;
  const pairs = readFileSync(hits, "latin1")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t").map(Number))
    .filter(([one, other]) => one !== other && (length(other) - length(one) || one - other) > 0);
  rmSync(scratch, { recursive: true, force: true });
  return [...new Set(pairs.map((pair) => pair.join(" ")))].map((pair) => pair.split(" "));
}
