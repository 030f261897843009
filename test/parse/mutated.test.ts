/** Thousands of messages with something wrong somewhere: those that another parser refuses are refused, and no others. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSmallMessage } from "../../fixtures/ddex.mjs";
import { randomSource } from "../../fixtures/sequences.mjs";
import { MmSession } from "../transcode/run-mm.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

const hasXmllint = spawnSync("xmllint", ["--version"]).status === 0;
if (!hasXmllint) console.log("skipped: mutated messages, xmllint is not installed");

const COUNT = 2000;
const PIECES = [
  "<",
  ">",
  "&",
  '"',
  "/",
  "=",
  "!--",
  "-->",
  "--",
  "]]>",
  "<![CDATA[",
  "<?",
  "?>",
  "&lt;",
  "&#65;",
  "&#0;",
  "&no;",
  "\r",
  "\0",
  "</",
  "/>",
];
PIECES.push(
  "<a>",
  "</a>",
  "<a/>",
  ' x="1"',
  ' x="1" x="1"',
  "a:",
  "x:y",
  "\u0001",
  "\u0085",
  "\uFFFE",
  "𠮷",
  "1",
  "]",
  "-",
  ' xmlns:p="u"',
);

it.skipIf(!hasXmllint)(`${COUNT} are refused where xmllint refuses them`, () => {
  const random = randomSource(5);
  const below = (limit: number) => Math.floor(random() * limit);
  mkdirSync(session.path("in"));
  const names = Array.from({ length: COUNT }, (_, number) => {
    const name = `in/${String(number).padStart(4, "0")}.xml`;
    let bytes = Buffer.from(makeSmallMessage(9, number % 6));
    for (let round = 0; round <= below(3); round += 1) {
      // Behind the root's start tag: what makes it another version, and not another document, is not what this is about.
      const at = 700 + below(bytes.length - 700);
      const inserted = below(2) === 0 ? Buffer.from(PIECES[below(PIECES.length)] ?? "") : Buffer.from([below(256)]);
      bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + below(3))]);
    }
    writeFileSync(session.path(name), bytes);
    return name;
  });
  const { stderr } = spawnSync("xmllint", ["--noout", "--nonet", ...names], { cwd: session.folder, encoding: "utf8", maxBuffer: 1e9 });
  const theirs = new Set([...stderr.matchAll(/^(in\/\d+\.xml):\d+: \w+ error : /gm)].map(([, name]) => name));
  const args = ["parse", "in", "-q", "-d", "out", "--continue-on-error", "--max-errors", String(COUNT + 1), "--report", "report.json"];
  const run = session.run(args);
  expect(run.code, run.stderr.slice(0, 1000)).toBe(1);
  const ours = new Set([...run.stderr.matchAll(/^.*?(in\/\d+\.xml):\d+:\d+: (?:XML|LIMIT)_\w+: /gm)].map(([, name]) => name));
  expect(theirs.size).toBeGreaterThan(COUNT / 4);
  expect(theirs.size).toBeLessThan(COUNT);
  const differing = names.filter((name) => ours.has(name) !== theirs.has(name));
  expect(differing.map((name) => ({ name, isOurs: ours.has(name), text: readFileSync(session.path(name), "utf8").length }))).toEqual([]);
  expect(JSON.parse(readFileSync(session.path("report.json"), "utf8")).result).toMatchObject({ files: COUNT, failedFiles: ours.size });
});
