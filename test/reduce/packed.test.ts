import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type MmRun, MmSession } from "../transcode/run-mm.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

const reduce = (...more: string[]): MmRun => session.run(["reduce", "-i", "in.zst", "-o", "out.fasta", "-y", "-q", ...more]);

/** A frame of one stored block whose window is 2^(10 + exponent) bytes (RFC 8878, 3.1.1). */
function writeFrame(exponent: number, text: string): void {
  const header = 1 | (text.length << 3);
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x00, exponent << 3, header & 255, (header >> 8) & 255, header >> 16];
  writeFileSync(session.path("in.zst"), Buffer.concat([Buffer.from(head), Buffer.from(text)]));
}

it("a window that does not fit is refused, and the limit that is named is enough", () => {
  writeFrame(17, ">a\nMKVLAAGIVGLPNVGKSTLFNALT\n");
  const small = reduce("--max-memory", "100M");
  expect(small.code, small.stderr).toBe(75);
  expect(session.leftovers()).toEqual(["in.zst"]);
  const hint = /--max-memory (\d+M)/.exec(small.stderr)?.[1] ?? "";
  expect(reduce("--max-memory", hint, "--report", "report.json")).toEqual({ code: 0, stdout: "", stderr: "" });
  const { memory } = JSON.parse(readFileSync(session.path("report.json"), "utf8"));
  expect(memory.peakBytes).toBeLessThanOrEqual(memory.limitBytes);
});

it("a window beyond what zstd itself unpacks is refused, with what to type", () => {
  writeFrame(20, ">a\nMKV\n");
  const { code, stderr } = reduce();
  expect(code).toBe(69);
  expect(stderr).toContain("in.zst needs a window of 1.00 GiB to be unpacked, and mm has 128.0 MiB at most");
  expect(stderr).toContain("zstd -dc --long=31 <file> | mm reduce -i - -o <output>");
});
