import { chmodSync, copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, MmSession } from "./run-mm.ts";

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
});
afterAll(() => mm[Symbol.dispose]());
afterEach(() => {
  for (const name of mm.leftovers()) rmSync(mm.path(name), { recursive: true, force: true });
});

const clip = join(FIXTURES, "clip.mp4");
const engine = engines()[0]?.path;
if (engine === undefined) console.log("skipped: children that misbehave, because no ffmpeg is installed");

function program(script: string): string {
  const path = mm.path("odd-ffmpeg");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("a program that floods is told from an engine, within the smallest heap", () => {
  it.each([
    ["with short lines", "exec yes"],
    ["with bytes that are no text", "exec cat /dev/urandom"],
    ["with one line without end", "exec cat /dev/zero"],
  ])("%s", (_what, script) => {
    const run = mm.run(["transcode", clip, "out.mp4", "--max-memory", "150M", "--ffmpeg", program(script), "-q"]);
    expect(run.code, run.stderr).toBe(69);
    expect(run.stderr).toContain("is not an ffmpeg: it printed more than 4.0 MiB");
    expect(mm.leftovers()).toEqual(["odd-ffmpeg"]);
  });

  it.runIf(engine !== undefined)("in one of its listings, after a good start", () => {
    const path = program(`case "$*" in *-encoders*|*-decoders*|*encoder=*) exec yes;; esac; exec ${engine} "$@"`);
    const run = mm.run(["transcode", clip, "out.mp4", "--max-memory", "150M", "--ffmpeg", path, "-q"]);
    expect(run.code, run.stderr).toBe(69);
    expect(run.stderr).toContain("is not an ffmpeg");
  });
});

it.runIf(engine !== undefined)("a file whose tables ask for gigabytes is malformed, and the hint can be pasted into a shell", () => {
  const path = program(`case "$*" in *framecrc*) echo "clip.mp4: Cannot allocate memory" >&2; exit 1;; esac; exec ${engine} "$@"`);
  const name = "it's $& here.mp4";
  copyFileSync(clip, mm.path(name));
  const run = mm.run(["transcode", name, "out.mp4", "--ffmpeg", path, "-q"]);
  expect(run.code, run.stderr).toBe(65);
  expect(run.stderr).toContain("more memory than mm allows for reading a file");
  expect(run.stderr).toContain(`-i '${mm.path("it'\\''s $& here.mp4")}' -f null -`);
  expect(mm.leftovers().sort()).toEqual([name, "odd-ffmpeg"].sort());
});
