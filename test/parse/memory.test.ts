/** A message many times as large as its memory, with every release whole. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessageCounts } from "../../fixtures/ddex.mjs";
import { realCgroup } from "../memory/real-cgroup.ts";
import { MmSession } from "../transcode/run-mm.ts";
import { releasesOf, totals, writeMessage } from "./messages.ts";

const MIB = 1024 * 1024;
const cgroup = realCgroup(160 * MIB);
if (typeof cgroup === "string") console.log(`skipped: a message in a memory cgroup of the kernel, because ${cgroup}`);

let session: MmSession;
let counts: MessageCounts;
beforeAll(() => {
  session = new MmSession();
  counts = writeMessage(session.path("catalogue.xml"), { profile: "catalogue", seed: 11, bytes: 100e6 });
});
afterAll(() => {
  session[Symbol.dispose]();
  if (typeof cgroup !== "string") cgroup[Symbol.dispose]();
});

const ARGS = ["parse", "catalogue.xml", "-o", "out.ndjson", "-y", "-q", "--report", "report.json"];

function expectWhole(): void {
  const releases = readFileSync(session.path("out.ndjson"), "utf8");
  const { releases: count, tracks, deals, images } = counts;
  expect(totals(releasesOf(releases))).toEqual({ releases: count, tracks, deals, images, problems: 0 });
}

const peakBytes = (): number => JSON.parse(readFileSync(session.path("report.json"), "utf8")).memory.peakBytes;

describe("100 MB", () => {
  it("in 128M is joined whole", () => {
    const { code, stderr } = session.run([...ARGS, "--max-memory", "128M"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expectWhole();
    expect(peakBytes()).toBeLessThan(128 * MIB);
    const { result } = JSON.parse(readFileSync(session.path("report.json"), "utf8"));
    expect(result).toMatchObject({
      files: 1,
      failedFiles: 0,
      releases: counts.releases,
      tracks: counts.tracks,
      deals: counts.deals,
      problems: 0,
    });
    expect(result.bytes).toBe(counts.bytes);
    expect(result.elements).toBe(counts.elements);
  });

  it("gives the same bytes in any memory", () => {
    const outputs = ["80M", "512M"].map((limit) => {
      const { code, stderr } = session.run([...ARGS, "--max-memory", limit]);
      expect({ code, stderr }, limit).toEqual({ code: 0, stderr: "" });
      return readFileSync(session.path("out.ndjson"));
    });
    expect(outputs[0]?.equals(outputs[1] ?? Buffer.of())).toBe(true);
  });

  it("names a limit that works when it is too small", () => {
    const tiny = session.run([...ARGS, "--max-memory", "20M"]);
    expect(tiny.code, tiny.stderr).toBe(75);
    const small = session.run([...ARGS, "--max-memory", "60M"]);
    if (small.code === 0) return;
    expect(small.code, small.stderr).toBe(75);
    const hint = /--max-memory (\d+M)/.exec(small.stderr)?.[1] ?? "";
    expect(session.run([...ARGS, "--max-memory", hint])).toMatchObject({ code: 0, stderr: "" });
  });

  it("is joined in what a tenth of it is joined in", () => {
    writeMessage(session.path("tenth.xml"), { profile: "catalogue", seed: 11, bytes: 10e6 });
    for (const name of ["tenth.xml", "catalogue.xml"]) {
      const args = ARGS.map((word) => (word === "catalogue.xml" ? name : word));
      const { code, stderr } = session.run([...args, "--max-memory", "56M"]);
      expect({ code, stderr }, name).toEqual({ code: 0, stderr: "" });
      expect(peakBytes(), name).toBeLessThan(56 * MIB);
    }
    expectWhole();
  });

  it.skipIf(typeof cgroup === "string")("in 160M of a real cgroup, where the kernel counts, is joined whole", () => {
    if (typeof cgroup === "string") return;
    rmSync(session.path("out.ndjson"), { force: true });
    const [file = "", ...args] = cgroup.enter([process.execPath, session.bin, ...ARGS]);
    const run = spawnSync(file, args, { cwd: session.folder, encoding: "utf8" });
    expect({ code: run.status, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
    expectWhole();
  });
});
