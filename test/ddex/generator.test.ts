/** Whether what other tests and benchmarks read is what it says it is. The XSDs are DDEX's own and not ours to give away: MM_DDEX_XSD names a folder. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giantTokens, type MessageOptions, makeGiant, makeMessage, makeSmallMessage } from "../../fixtures/ddex.mjs";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-ddex-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hasXmllint = spawnSync("xmllint", ["--version"]).status === 0;
if (!hasXmllint) console.log("skipped: well-formedness of generated messages, xmllint is not installed");
const schemas = process.env.MM_DDEX_XSD;
const hasSchemas = hasXmllint && schemas !== undefined;
if (hasXmllint && schemas === undefined) {
  console.log("skipped: validity of generated messages, MM_DDEX_XSD names no folder with 382/, 42/ and 43/release-notification.xsd");
}

const PROFILES: readonly MessageOptions[] = [
  { profile: "catalogue", seed: 1, bytes: 500_000 },
  { profile: "catalogue", seed: 2, bytes: 200_000, oneLine: true },
  { profile: "album", seed: 3 },
  { profile: "album", seed: 3, version: "42" },
  { profile: "album", seed: 3, version: "382" },
  { profile: "box-set", seed: 4 },
  { profile: "box-set", seed: 4, version: "42" },
  { profile: "deals", seed: 5 },
];

function whole(options: MessageOptions) {
  const { pieces, counts } = makeMessage(options);
  return { text: [...pieces].join(""), counts };
}

function xmllint(args: readonly string[], text: string) {
  const path = join(folder, "message.xml");
  writeFileSync(path, text);
  const { status, stdout, stderr } = spawnSync("xmllint", ["--nonet", ...args, path], { encoding: "utf8", maxBuffer: 1e8 });
  return { status, stdout, stderr: stderr.slice(0, 1000) };
}

const schemaOf = (version: string) => ["--noout", "--schema", join(schemas ?? "", version, "release-notification.xsd")];

describe.each(PROFILES)("$profile of seed $seed, version $version, in one line $oneLine", (options) => {
  it("is the same again, and another with another seed", () => {
    const hash = (seed: number) =>
      createHash("sha256")
        .update(whole({ ...options, seed }).text)
        .digest("hex");
    expect(hash(options.seed)).toBe(hash(options.seed));
    expect(hash(options.seed + 1)).not.toBe(hash(options.seed));
  });

  it("has the elements and bytes it says it has", () => {
    const { text, counts } = whole(options);
    expect(counts.bytes).toBe(Buffer.byteLength(text));
    expect(counts.elements).toBe(text.match(/<[A-Za-z]/g)?.length);
    for (const [name, count] of counts.named) expect(text.split(`</${name}>`).length - 1, name).toBe(count);
    expect(text.includes("\n")).toBe(options.oneLine !== true);
    const bytesPerElement = counts.bytes / counts.elements;
    expect(bytesPerElement).toBeGreaterThan(options.oneLine === true ? 35 : 50);
    expect(bytesPerElement).toBeLessThan(70);
  });

  it("has what joining must find", () => {
    const { text, counts } = whole(options);
    expect(counts.releases).toBe((counts.named.get("Release") ?? 0) + (counts.named.get("TrackRelease") ?? 0));
    expect(counts.parties).toBe(counts.named.get("Party") ?? 0);
    expect(counts.images).toBe(counts.named.get("Image"));
    expect(counts.named.get("DealReleaseReference")).toBe(counts.releases);
    const timesIn = (part: string, tag: string) => part.split(tag).length - 1;
    const joined = (part: string) => timesIn(part, "<DealReleaseReference>") * timesIn(part, "<Deal>");
    const releaseDeals = text.split("<ReleaseDeal>").slice(1);
    expect(counts.deals).toBe(releaseDeals.reduce((sum, part) => sum + joined(part), 0));
  });

  it.skipIf(!hasXmllint)("is well-formed", () => {
    expect(xmllint(["--noout"], whole(options).text)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it.skipIf(!hasSchemas)("is valid", () => {
    const { text } = whole(options);
    const version = /http:\/\/ddex.net\/xml\/ern\/(\d+)"/.exec(text)?.[1] ?? "";
    expect(xmllint(schemaOf(version), text)).toMatchObject({ status: 0 });
  });
});

describe("a catalogue", () => {
  it("is about as large as it is asked to be", () => {
    const bytes = 8e6;
    const { counts } = whole({ profile: "catalogue", seed: 7, bytes });
    expect(counts.bytes / bytes).toBeGreaterThan(0.95);
    expect(counts.bytes / bytes).toBeLessThan(1.05);
  });

  it("has its lists in the opposite order when asked, and the same in them", () => {
    const lists = (isReversed: boolean) => {
      const { text } = whole({ profile: "catalogue", seed: 7, bytes: 1e5, isReversed });
      return [...text.matchAll(/^ {3}<(\w+List)>.*?^ {3}<\/\1>$/gms)].map(([list]) => list);
    };
    expect(lists(false)).toHaveLength(3);
    expect(lists(true)).toEqual(lists(false).reverse());
  });
});

it("small messages are about 10 kB, of three versions, each of its own", () => {
  const texts = Array.from({ length: 30 }, (_, at) => makeSmallMessage(1, at));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
  expect(bytes).toBeGreaterThan(9000);
  expect(bytes).toBeLessThan(13_000);
  expect(new Set(texts.map((text) => /<MessageId>(.*)<\/MessageId>/.exec(text)?.[1])).size).toBe(texts.length);
  if (!hasXmllint) return;
  for (const text of texts) {
    const version = /http:\/\/ddex.net\/xml\/ern\/(\d+)"/.exec(text)?.[1] ?? "";
    expect(xmllint(hasSchemas ? schemaOf(version) : ["--noout"], text)).toMatchObject({ status: 0 });
  }
});

describe.each(giantTokens)("one giant %s", (token) => {
  it("is as long as it is asked to be, and well-formed", () => {
    const small = [...makeGiant({ token, bytes: 0, seed: 1 })].join("");
    // libxml2 takes names of 50,000 bytes at most, and compares every attribute with every other.
    const bytes = token === "name" || token === "attributes" ? 40_000 : 1_000_000;
    const text = [...makeGiant({ token, bytes, seed: 1 })].join("");
    expect(text.length - small.length).toBeGreaterThanOrEqual(bytes);
    expect(text.length - small.length).toBeLessThan(bytes + 200);
    if (hasXmllint) expect(xmllint(["--noout", "--huge"], text)).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});
