import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MemoryStats } from "../../src/commands/index.ts";
import { engines, MmSession } from "./run-mm.ts";

const [engine] = engines();
if (engine === undefined) console.log("skipped: settings of a transcode, because no ffmpeg is installed");

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
  if (engine === undefined) return;
  // So large, and with so many references, that one decoder at a time needs less than a lane, and two need more.
  const source = ["-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=1"];
  const coded = ["-c:v", "libx264", "-preset", "fast", "-refs", "6", "-pix_fmt", "yuv420p", mm.path("in.mp4")];
  const { status, stderr } = spawnSync(engine.path, ["-v", "error", ...source, ...coded], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
});
afterAll(() => mm[Symbol.dispose]());

describe.skipIf(engine === undefined)("settings of a file act on a transcode", () => {
  function transcode(toml: string, ...more: string[]) {
    writeFileSync(mm.path("mm.toml"), toml);
    const args = [
      "in.mp4",
      "out.mp4",
      "-y",
      "--preset",
      "ultrafast",
      "--threads",
      "1",
      "--report",
      "r.json",
      "--ffmpeg",
      engine?.path ?? "",
    ];
    return mm.run(["transcode", ...args, ...more]);
  }
  function memoryOf(toml: string): MemoryStats {
    const { code, stderr } = transcode(toml);
    expect(code, stderr).toBe(0);
    return JSON.parse(readFileSync(mm.path("r.json"), "utf8")).memory;
  }

  it("the limit, how inputs are read, and what is spilled", () => {
    const usual = memoryOf('[memory]\nmax_memory = "600M"');
    expect(usual).toMatchObject({ limitBytes: 600 * 1024 ** 2, limitSource: "config" });
    expect(usual.spilledBytes).toBeGreaterThan(0);
    const changed = memoryOf(
      "[memory]\nmax_memory_mb = 110\ngc_threshold = 0.5\nmapping.mmap_threshold_mb = 0\ncompression.enable_compression = false",
    );
    expect(changed).toMatchObject({
      limitBytes: 110 * 1024 ** 2,
      steps: expect.arrayContaining([expect.objectContaining({ name: "free heap" })]),
    });
    // Four frames and more of 1.3 MiB each, as they are.
    expect(changed.spilledBytes).toBeGreaterThan(1.2 * usual.spilledBytes);
    expect(usual.steps).toEqual([]);
  });

  it("whether an input is mapped", () => {
    const files = ["use_memory_mapping = false\nmmap_threshold_mb = 0", "mmap_threshold_mb = 0", "mmap_threshold_mb = 0\nbackend = 'read'"];
    const [read, mapped, asked] = files.map((keys) => memoryOf(`[memory.mapping]\n${keys}`).owners.find(({ tag }) => tag === "io.window"));
    expect([(read?.peakBytes ?? 0) > 0, mapped?.peakBytes, (asked?.peakBytes ?? 0) > 0]).toEqual([true, 0, true]);
  });

  it("whether the proof may park frames on disk", () => {
    const proofOf = (toml: string) => /^proof .*$/m.exec(transcode(toml, "--dry-run").stdout)?.[0];
    expect(proofOf("")).toContain("parked on disk");
    expect(proofOf("[memory.low_memory]\nswap_to_disk = false")).toContain("side by side");
  });

  it("how many decoded pictures a stream may ask for", () => {
    const { code, stderr } = transcode("[memory]\nmax_dpb_frames = 2");
    expect([code, stderr]).toEqual([69, expect.stringMatching(/needs \d+ decoded pictures at once, and max_dpb_frames allows 2/)]);
  });

  it("presets give way to the machine without a word, and sizes that were typed with one", () => {
    const bytes = `${Math.ceil(totalmem() / 1024 ** 3) + 1}G`;
    expect(transcode("", "--dry-run", "--memory-preset", "high").stderr).toBe("");
    expect(transcode("", "--dry-run", "--max-memory", bytes).stderr).toMatch(/a limit of .* was asked for; the job gets .*allows/);
    expect(transcode("", "--dry-run", "--memory-preset", "low").stdout).toMatch(/2\.00 GiB +limit: the memory preset|limit: memory cgroup/);
  });
});
