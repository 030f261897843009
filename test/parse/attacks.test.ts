/** Messages made to harm: each is refused by name, or does what it says and no more. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeGiant, makeSmallMessage } from "../../fixtures/ddex.mjs";
import { type MmRun, MmSession } from "../transcode/run-mm.ts";
import { recordsOf, releasesOf, writePieces } from "./messages.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

const CANARY = "the content of a file that nobody named";
const small = makeSmallMessage(1, 0);
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const afterDeclaration = (text: string) => small.replace(declaration, declaration + text);
const inTitle = (text: string) => small.replace(/(<TitleText>)[^<]*/, `$1${text}`);

function parse(bytes: string | Uint8Array, more: readonly string[] = []): MmRun {
  writeFileSync(session.path("in.xml"), bytes);
  return session.run(["parse", "in.xml", "-q", ...more]);
}

/** Joined: nothing is written of a message that is refused. */
function expectRefused(run: MmRun, exit: number, pattern: RegExp): void {
  expect(run.code, run.stderr).toBe(exit);
  expect(run.stdout).toBe("");
  expect(run.stderr).toMatch(pattern);
}

describe("a DOCTYPE is refused, whatever is in it", () => {
  const laughs = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join("");
  it.each([
    ["nothing", "<!DOCTYPE x>"],
    ["a billion laughs", `<!DOCTYPE x [<!ENTITY l0 "lol">${laughs}]>`],
    ["quadratic blow-up", `<!DOCTYPE x [<!ENTITY a "${"a".repeat(100_000)}">]>`],
    ["a file", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:canary">]>'],
    ["an address", '<!DOCTYPE x [<!ENTITY f SYSTEM "http://127.0.0.1:9/canary">]>'],
    ["parameter entities", '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:canary"> %p;]>'],
    ["an external subset", '<!DOCTYPE x SYSTEM "canary">'],
    ["entities in its own entities", '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'],
  ])("%s", (_name, doctype) => {
    writeFileSync(session.path("canary"), CANARY);
    const run = parse(afterDeclaration(`${doctype}\n`).replace(/(<TitleText>)/, "$1&f;&l9;&a;"));
    expectRefused(run, 65, /in\.xml:2:\d+: XML_DOCTYPE: /);
    expect(run.stderr).not.toContain(CANARY);
  });

  it("an entity that nobody declared is refused too", () => {
    expectRefused(parse(inTitle("&f;")), 65, /in\.xml:\d+:\d+: XML_ENTITY: /);
  });
});

describe("depth", () => {
  const nested = (levels: number) =>
    small.replace(/( *)<\/Release>/, `${"<Deep>".repeat(levels)}${"</Deep>".repeat(levels)}\n$1</Release>`);
  // The root, the list and the release are open around it.
  const most = 100 - 3;

  it("of 100 elements is taken, and of one more refused at its place", () => {
    expect(releasesOf(parse(nested(most)).stdout)).toHaveLength(1);
    expectRefused(parse(nested(most + 1)), 65, /in\.xml:\d+:\d+: XML_LIMIT_DEPTH: /);
    expect(releasesOf(parse(nested(most + 1), ["--max-depth", "101"]).stdout)).toHaveLength(1);
  });

  it("of a million is refused, and of ten thousand where that is allowed is no recursion", () => {
    expectRefused(parse(nested(1e6)), 65, /XML_LIMIT_DEPTH/);
    expect(releasesOf(parse(nested(9900), ["--max-depth", "10000"]).stdout)).toHaveLength(1);
  });
});

describe("bytes that are no characters", () => {
  const withBytes = (...bytes: number[]) => {
    const [before = "", behind = ""] = inTitle("\u0000").split("\u0000");
    return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(behind)]);
  };
  it.each<[string, Uint8Array, RegExp]>([
    ["NUL", withBytes(0), /XML_CHARACTER/],
    ["a control character", withBytes(1), /XML_CHARACTER/],
    ["escape", withBytes(0x1b), /XML_CHARACTER/],
    ["U+FFFE", withBytes(0xef, 0xbf, 0xbe), /XML_CHARACTER/],
    ["overlong /", withBytes(0xc0, 0xaf), /XML_UTF8/],
    ["overlong < in three bytes", withBytes(0xe0, 0x80, 0xbc), /XML_UTF8/],
    ["a surrogate", withBytes(0xed, 0xa0, 0x80), /XML_UTF8/],
    ["above U+10FFFF", withBytes(0xf4, 0x90, 0x80, 0x80), /XML_UTF8/],
    ["a continuation alone", withBytes(0xbf), /XML_UTF8/],
    ["a sequence that is cut off", withBytes(0xe2, 0x82), /XML_UTF8/],
    ["a sequence at the input's end", Buffer.concat([Buffer.from(small), Buffer.of(0xe2)]), /XML_TEXT_OUTSIDE/],
    ["&#0;", Buffer.from(inTitle("&#0;")), /XML_CHARACTER_REFERENCE/],
    ["&#xD800;", Buffer.from(inTitle("&#xD800;")), /XML_CHARACTER_REFERENCE/],
    ["&#x110000;", Buffer.from(inTitle("&#x110000;")), /XML_CHARACTER_REFERENCE/],
    ["a reference that wraps around", Buffer.from(inTitle("&#x100000041;")), /XML_CHARACTER_REFERENCE/],
    ["UTF-16 with a mark", Buffer.from(`\uFEFF${small}`, "utf16le"), /XML_ENCODING/],
    ["UTF-16 without", Buffer.from(small, "utf16le"), /XML_ENCODING/],
    ["big-endian UTF-16", Buffer.from(`\uFEFF${small}`, "utf16le").swap16(), /XML_ENCODING/],
    ["a declaration of Latin 1", Buffer.from(small.replace("UTF-8", "ISO-8859-1")), /XML_ENCODING/],
  ])("%s", (_name, bytes, pattern) => {
    expectRefused(parse(bytes), 65, pattern);
  });

  it("a byte order mark of UTF-8 is taken, and is in no value", () => {
    const plain = parse(small);
    expect(parse(`\uFEFF${small}`)).toEqual(plain);
    expect(plain).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("structure", () => {
  it.each<[string, string, number, RegExp]>([
    ["nothing", "", 65, /in\.xml/],
    ["white space", " \n ", 65, /XML_NO_ROOT/],
    ["text", "not XML at all", 65, /in\.xml:1:1: XML_/],
    ["two roots", `${small}${small.replace(declaration, "")}`, 65, /XML_SECOND_ROOT/],
    ["text behind the root", `${small}x`, 65, /XML_TEXT_OUTSIDE/],
    ["an attribute twice", small.replace("<ResourceList>", '<ResourceList a="1" a="1">'), 65, /XML_ATTRIBUTE_REPEATED/],
    ["a prefix that nobody declared", small.replaceAll("ReleaseList>", "no:ReleaseList>"), 65, /XML_PREFIX_UNDECLARED/],
    ["a wrong end tag", small.replace("</ReleaseList>", "</DealList>"), 65, /XML_TAG_MISMATCH/],
    ["another version", small.replaceAll("/ern/43", "/ern/113"), 69, /113/],
    ["another root", small.replaceAll("NewReleaseMessage", "SalesReportMessage"), 69, /SalesReportMessage/],
    ["another format", "<html><body/></html>", 69, /html/],
  ])("%s is refused", (_name, text, exit, pattern) => {
    expectRefused(parse(text), exit, pattern);
  });

  it("a message that is cut off anywhere writes nothing", () => {
    for (let at = 1; at < 20; at += 1) {
      const length = Math.floor((small.length * at) / 20);
      expectRefused(parse(small.slice(0, length)), 65, /in\.xml:\d+:\d+: XML_/);
    }
  });

  it("a large one that is wrong at its end writes nothing", () => {
    const copies = small.replace(/ {6}<SoundRecording>.*<\/SoundRecording>\n/s, (recording) => recording.repeat(5000));
    expectRefused(parse(copies.slice(0, -20)), 65, /XML_UNCLOSED|XML_TAG/);
  });

  it("the place is a line, and a column in characters", () => {
    const text = small.slice(0, small.indexOf("<MessageHeader>"));
    const line = text.split("\n").length + 1;
    expectRefused(parse(`${text}\n  日本𠮷 é & `), 65, new RegExp(`in\\.xml:${line}:9: XML_REFERENCE: `));
  });
});

describe("names of another language's own things", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];

  it("are elements and attributes like others that nobody reads", () => {
    const plain = releasesOf(parse(small).stdout);
    for (const name of names) {
      const text = small
        .replace("<ReleaseList>", `<ReleaseList ${name}="x">`)
        .replace("<Release>", `<Release><${name}><${name}>x</${name}></${name}>`);
      expect(releasesOf(parse(text).stdout), name).toEqual(plain);
    }
  });

  it("are references like others", () => {
    const [reference = ""] = /(?<=<ResourceReference>)A\d+/.exec(small) ?? [];
    for (const name of names) {
      const [release] = releasesOf(parse(small.replaceAll(`>${reference}<`, `>${name}<`)).stdout);
      expect(release?.tracks, name).toMatchObject([{ ref: name, isrc: expect.stringMatching(/^QZ/) }]);
    }
  });
});

describe("values come out as they are", () => {
  it.each([
    ["what JSON escapes", "&quot;\\/&#10;&#9;&#13;&#x7f;", '"\\/\n\t\r\x7f'],
    ["line ends of Unicode", "a\u2028b\u2029c\u0085d", "a\u2028b\u2029c\u0085d"],
    ["characters beyond the first plane", "𠮷&#x1F3B5;", "𠮷🎵"],
    ["markup in CDATA", "<![CDATA[<b>&amp;]]]]><![CDATA[>]]>", "<b>&amp;]]>"],
    ["text around what is no text", "one <!-- two -->three<?four five?> six", "one three six"],
    ["white space", "  two  blanks\r\nand a line ", "  two  blanks\nand a line "],
  ])("%s", (_name, spelled, value) => {
    const run = parse(inTitle(spelled));
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain(JSON.stringify(value).slice(1, -1));
    expect(recordsOf(run.stdout).length).toBeGreaterThan(0);
  });

  it("nothing in a message reaches the terminal as a command", () => {
    const run = parse(small.replace("<MessageHeader>", "\u009b31m\u202e& "));
    expectRefused(run, 65, /XML_REFERENCE/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about
    expect(run.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });
});

describe("one giant token", () => {
  const bytes = 20e6;
  const giant = (token: Parameters<typeof makeGiant>[0]["token"]) => {
    writePieces(session.path("giant.xml"), makeGiant({ token, bytes, seed: 1 }));
    return session.run(["parse", "giant.xml", "-q", "--max-memory", "96M", "--report", "report.json"]);
  };
  const peakBytes = (): number => JSON.parse(readFileSync(session.path("report.json"), "utf8")).memory.peakBytes;

  it.each(["comment", "instruction", "space"] as const)("%s is read past in little memory", (token) => {
    const run = giant(token);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
    expect(releasesOf(run.stdout)).toHaveLength(1);
    expect(peakBytes()).toBeLessThan(96 * 1024 * 1024);
  });

  it.each(["attribute", "attributes", "name", "text", "cdata", "references"] as const)("%s is over a limit", (token) => {
    expectRefused(giant(token), 65, /giant\.xml:\d+:\d+: (XML_LIMIT_|LIMIT_VALUE)/);
    expect(peakBytes()).toBeLessThan(96 * 1024 * 1024);
  });
});

describe("references that multiply", () => {
  const many = (count: number) => {
    const item = /<ResourceGroupContentItem>.*?<\/ResourceGroupContentItem>/s;
    return small.replace(item, (text) => text.replaceAll(/\n */g, "").repeat(count));
  };

  it("to one resource are joined each, in memory that does not grow with them", () => {
    const count = 20_000;
    writeFileSync(session.path("many.xml"), many(count));
    const run = session.run(["parse", "many.xml", "-q", "-o", "many.ndjson", "-y", "--max-memory", "96M"]);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
    const [release] = releasesOf(readFileSync(session.path("many.ndjson"), "utf8"));
    expect(release?.tracks).toHaveLength(count);
  });

  it("are counted with the elements of their release", () => {
    expectRefused(parse(many(400_000)), 65, /--max-elements/);
  });

  it("that lead nowhere are problems of their release, and where that is", () => {
    const [reference = ""] = /(?<=<ReleaseResourceReference>)A\d+/.exec(small) ?? [];
    const text = small.replaceAll(`<ReleaseResourceReference>${reference}<`, "<ReleaseResourceReference>Anowhere<");
    const [release] = releasesOf(parse(text).stdout);
    const line = text.slice(0, text.indexOf("<Release>")).split("\n").length;
    expect(release?.problems).toMatchObject([{ code: "MISSING_REFERENCE", line, column: 7 }]);
  });

  it("to what is there twice lead to the first, and that is a problem", () => {
    const text = small.replace(
      /<SoundRecording>.*<\/SoundRecording>/s,
      (recording) => `${recording}${recording.replace(/QZ\w+/, "QZXXX0000000")}`,
    );
    const records = recordsOf(parse(text).stdout);
    const [release] = records.filter(({ type }) => type === "release");
    expect(release?.tracks).toHaveLength(1);
    expect(release?.tracks[0]?.isrc).not.toBe("QZXXX0000000");
    expect(records.flatMap(({ problems = [] }) => problems.map(({ code }) => code))).toEqual(["DUPLICATE_REFERENCE"]);
  });
});
