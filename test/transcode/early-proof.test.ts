/** The sampled proof of picture begins when a lane has nothing left to encode. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { engines, MmSession } from "./run-mm.ts";

const engine = engines()[0]?.path ?? "";
if (engine === "") console.log("skipped: the early proof of picture, because no ffmpeg is installed");

const CHUNKS = 12;

let mm: MmSession;
beforeAll(() => {
  if (engine === "") return;
  mm = new MmSession();
  // Two minutes with a key frame every 2 s.
  execFileSync(engine, [
    ...["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=120", "-pix_fmt", "yuv420p"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", mm.path("in.mp4")],
  ]);
  writeFileSync(mm.path("ffmpeg"), waitingEngine());
  chmodSync(mm.path("ffmpeg"), 0o755);
});
afterAll(() => mm?.[Symbol.dispose]());
beforeEach(() => {
  for (const name of ["encodes", "proof", "beside", "out.mp4"]) rmSync(mm.path(name), { force: true });
});

/** The real engine. Its last encode waits for a decoder of the proof, and leaves a mark when there is one. Decoders may write empty files alone. */
function waitingEngine(): string {
  return `#!/bin/sh
cd ${mm.folder}
case "$*" in
*rawvideo*) touch proof ;;
*-vstats_file*)
  echo >>encodes
  if [ "$(wc -l <encodes)" -eq ${CHUNKS} ]; then
    for wait in $(seq 30); do [ -e proof ] && touch beside && break; sleep 0.1; done
  fi
  ;;
esac
cd "$OLDPWD"
exec ${engine} "$@"
`;
}

/** When the proof began. */
function proved(...more: string[]): string {
  const args = ["transcode", "in.mp4", "out.mp4", "--preset", "ultrafast", "--ffmpeg", mm.path("ffmpeg"), "--report", "report.json"];
  const run = mm.run([...args, "-q", ...more]);
  expect(run.code, run.stderr).toBe(0);
  const { result, memory } = JSON.parse(readFileSync(mm.path("report.json"), "utf8"));
  expect(result).toMatchObject({ chunks: CHUNKS, framesOut: 3000 });
  expect(result.framesCompared).toBeGreaterThan(0);
  expect(memory.peakBytes).toBeLessThanOrEqual(memory.plannedPeakBytes);
  return existsSync(mm.path("beside")) ? "beside a chunk" : "after the chunks";
}

describe.runIf(engine !== "")("the sampled proof of picture", () => {
  it("runs beside the last chunk, in the memory of a lane that has ended", () => {
    expect(proved("--lanes", "3")).toBe("beside a chunk");
  });

  it("waits for the chunks where there is one lane", () => {
    expect(proved("--lanes", "1")).toBe("after the chunks");
  });
});
