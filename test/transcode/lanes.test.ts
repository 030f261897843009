import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, MmSession } from "./run-mm.ts";

const engine = engines()[0]?.path ?? "";
if (engine === "") console.log("skipped: the number of lanes, because no ffmpeg is installed");

const MIB = 2 ** 20;

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
  if (engine === "") return;
  // 80 s with a key frame every 2, which make eight chunks: some wait when the first is done.
  execFileSync(engine, [
    ...["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=80", "-pix_fmt", "yuv420p", "-c:v", "libx264"],
    ...["-preset", "ultrafast", "-g", "50", mm.path("in.mp4")],
  ]);
});
afterAll(() => mm[Symbol.dispose]());

/** wmv2 has one thread and holds 5 of the 44 pictures that the estimate gives it. */
const words = () => ["transcode", "in.mp4", "out.mkv", "-y", "--ffmpeg", engine, "--encoder", "wmv2", "--threads", "2"];

function planOf(...more: string[]): { lines: { tag: string; bytes: number }[]; plannedPeakBytes: number; limit: { budgetBytes: number } } {
  const run = mm.run([...words(), "--dry-run", "--json", ...more]);
  expect(run.code, run.stderr).toBe(0);
  return JSON.parse(run.stdout).plan;
}

describe.runIf(engine !== "")("the number of lanes", () => {
  it("grows when a finished chunk shows that the forecast was too high, and the limit holds", () => {
    const limitBytes = (() => {
      const { plannedPeakBytes, lines } = planOf("--max-memory", "1G");
      const lanesBytes = lines.filter(({ tag }) => tag.startsWith("lane.")).reduce((sum, { bytes }) => sum + bytes, 0);
      // Half a lane less than two need, with 12 MiB for kernel and page tables.
      return Math.floor(plannedPeakBytes - lanesBytes / 4 + 12 * MIB);
    })();
    const run = mm.run([...words(), "-v", "--max-memory", String(limitBytes), "--report", "r.json"]);
    expect(run.code, run.stderr).toBe(0);
    const { result, memory } = JSON.parse(readFileSync(mm.path("r.json"), "utf8"));
    expect(result).toMatchObject({ lanesPlanned: 1, lanes: 2, framesOut: 2000 });
    expect(run.stderr).toMatch(/2 chunks at a time from here on: a chunk took \S+ MiB where \S+ MiB were planned/);
    expect(memory.peakBytes).toBeLessThanOrEqual(memory.plannedPeakBytes);
    expect(memory.peakBytes).toBeLessThanOrEqual(limitBytes);
    expect(memory.heldBy).toBe("ledger");
  });

  it("stays where the user set it", () => {
    const run = mm.run([...words(), "--lanes", "1", "--report", "r.json"]);
    expect(run.code, run.stderr).toBe(0);
    expect(JSON.parse(readFileSync(mm.path("r.json"), "utf8")).result).toMatchObject({ lanesPlanned: 1, lanes: 1 });
  });
});
