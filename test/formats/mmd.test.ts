import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { restoreDeltaFile } from "./mmd-reader.js";

const page = readFileSync(new URL("../../docs/formats/mmd.md", import.meta.url), "utf8");
const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/delta/${name}`, import.meta.url));

describe("docs/formats/mmd.md", () => {
  it("has an example that restores to its input", () => {
    const [, input = ""] = /```\n(>a\n[^`]*)```/.exec(page) ?? [];
    const [, dump = ""] = /```hex\n([^`]*)```/.exec(page) ?? [];
    const deltas = Buffer.from(dump.replace(/#.*/g, "").replace(/\s/g, ""), "hex");
    const representatives = Buffer.from(input.slice(0, input.indexOf(">b")));
    expect(deltas.length).toBe(285);
    expect(restoreDeltaFile(deltas, representatives).toString()).toBe(input);
  });

  it("describes what a second reader needs for every kind of entry and column", () => {
    const restored = restoreDeltaFile(fixture("oddities.mmd"), fixture("oddities.reduced.fasta"));
    expect(restored.equals(fixture("oddities.fasta"))).toBe(true);
  });

  it("lets damage be noticed", () => {
    const deltas = fixture("oddities.mmd");
    const footerPosition = Number(deltas.readBigUInt64LE(96));
    for (const at of [0, 40, 100, footerPosition - 1, footerPosition - 400, footerPosition + 20, deltas.length - 1]) {
      const damaged = Buffer.from(deltas);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => restoreDeltaFile(damaged, fixture("oddities.reduced.fasta"))).toThrow();
    }
    const edited = Buffer.from(fixture("oddities.reduced.fasta").toString("latin1").replace("ACG", "ACC"), "latin1");
    expect(() => restoreDeltaFile(deltas, edited)).toThrow("other representatives");
  });
});
