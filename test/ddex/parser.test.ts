/** The native parser beside the reference, whatever it reads its messages in. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeMessage } from "../../fixtures/ddex.mjs";
import { MESSAGES, readMessage } from "./fixtures.ts";
import { type Options, parseAll, parsePiped } from "./native-parser.ts";
import { type Mode, parseMessage } from "./reference/parse.ts";

type Sample = { readonly name: string; readonly bytes: Buffer };

function samplesIn(folder: string): Sample[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".xml"));
  return files.sort().map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

function generated(profile: "catalogue" | "album" | "box-set" | "deals" | "small", more: object = {}): Sample {
  const { pieces } = makeMessage({ profile, seed: 7, bytes: 60_000, ...more });
  return { name: `${profile} ${JSON.stringify(more)}`, bytes: Buffer.from([...pieces].join("")) };
}

const own = MESSAGES.map((name) => ({ name, bytes: readMessage(name) }));
const made = [
  generated("catalogue"),
  generated("catalogue", { oneLine: true, isReversed: true }),
  generated("album", { version: "43" }),
  generated("album", { version: "42", isReversed: true }),
  generated("small"),
];
const large = [generated("box-set"), generated("deals"), generated("catalogue", { bytes: 500_000 })];
const foreign = process.env.MM_TEST_DATA === undefined ? [] : samplesIn(join(process.env.MM_TEST_DATA, "ddex"));
if (foreign.length === 0) console.log("samples of others are left out: MM_TEST_DATA names no folder with ddex/ in it");
const all = [...own, ...made, ...large, ...foreign];
/** Cut at every byte. */
const short = [...own, ...made, ...foreign].filter(({ bytes }) => bytes.length < 100_000);

/** What the reference says: the lines, or why the message is refused. */
function expected({ name, bytes }: Sample, mode: Mode) {
  const said = parseMessage(bytes, name, mode);
  return "code" in said ? { failure: said } : { text: said.map((line) => `${line}\n`).join("") };
}

function said({ outcomes, text }: Awaited<ReturnType<typeof parseAll>>) {
  const { failure, stop } = outcomes[0] ?? {};
  if (stop !== undefined) throw new Error(JSON.stringify(stop));
  if (failure === undefined) return { text };
  const { code, line, column } = failure;
  return { failure: { code, line, column } };
}

const parsed = async (sample: Sample, options: Options) => said(await parseAll([sample], options));

describe.each(all)("$name", (sample) => {
  it.each(["joined", "records"] as const)("gives what the reference gives, %s", async (mode) => {
    expect(await parsed(sample, { mode })).toEqual(expected(sample, mode));
  });
});

describe("every split", () => {
  it.each(short)("$name gives the same in chunks of a byte, of 7 and of 4096", async (sample) => {
    for (const mode of ["joined", "records"] as const) {
      const whole = await parsed(sample, { mode });
      for (const chunkBytes of [1, 7, 4096]) expect(await parsed(sample, { mode, chunkBytes })).toEqual(whole);
    }
  });

  it.each(own)("$name gives the same however a pipe cuts it", async (sample) => {
    const whole = await parsed(sample, { mode: "records" });
    for (const pieceBytes of [13, 4000]) expect(said(await parsePiped(sample, pieceBytes))).toEqual(whole);
  });
});

describe("requests", () => {
  it("has an outcome for each message, up to the first that is refused", async () => {
    const broken = { name: "broken.xml", bytes: Buffer.from("<NewReleaseMessage>") };
    const [first, second] = own as [Sample, Sample];
    const { outcomes, text } = await parseAll([first, second, broken, first]);
    const lines = [first, second].map((sample) => expected(sample, "joined").text);
    expect(text).toBe(lines.filter((line) => line !== undefined).join(""));
    expect(outcomes.at(-1)?.failure).toBeDefined();
    expect(outcomes.slice(0, -1).every(({ failure, stop }) => failure === undefined && stop === undefined)).toBe(true);
  });

  it("counts what the generator counts", async () => {
    const { pieces, counts } = makeMessage({ profile: "catalogue", seed: 3, bytes: 200_000 });
    const { outcomes } = await parseAll([{ name: "m", bytes: Buffer.from([...pieces].join("")) }]);
    const { bytes, elements, maxDepth, releases } = counts;
    expect(outcomes).toMatchObject([{ bytes, elements, maxDepth, releases, problems: 0 }]);
  });

  it("puts brackets and commas around records of JSON as the frame says", async () => {
    const sample = own.find(({ name }) => name.startsWith("album")) as Sample;
    const lines = (expected(sample, "joined").text ?? "").trimEnd().split("\n");
    const framed = async (frame: "whole" | "first" | "following") => (await parseAll([sample, sample], { format: "json", frame })).text;
    const inner = [...lines, ...lines].join(",\n");
    expect(await framed("whole")).toBe(`[\n${inner}\n]\n`);
    expect(await framed("first")).toBe(`[\n${inner}`);
    expect(await framed("following")).toBe(`,\n${inner}`);
  });

  it("has the header of CSV once", async () => {
    const sample = own.find(({ name }) => name.startsWith("album")) as Sample;
    const { text } = await parseAll([sample, sample], { format: "csv", table: "tracks" });
    const rows = text.trimEnd().split("\r\n");
    expect(rows.filter((row) => row.startsWith("file,messageId,"))).toHaveLength(1);
    expect(rows.length).toBeGreaterThan(2);
    const following = await parseAll([sample, sample], { format: "csv", table: "tracks", frame: "following" });
    expect(following.text).toBe(
      rows
        .slice(1)
        .map((row) => `${row}\r\n`)
        .join(""),
    );
  });

  it("has less in records with --fields", async () => {
    const sample = own.find(({ name }) => name.startsWith("album")) as Sample;
    const { text } = await parseAll([sample], { fields: ["ref", "tracks.isrc"] });
    const releases = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "release");
    for (const release of releases) expect(Object.keys(release)).toEqual(["type", "ref", "tracks"]);
  });
});
