import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, MmSession, processesNaming, until } from "./run-mm.ts";

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
if (engine === undefined) console.log("skipped: faults of a transcode, because no ffmpeg is installed");

/** The one message a failed command prints, and what is left in the folder. */
function fails(args: readonly string[], options: Parameters<MmSession["run"]>[1] = {}) {
  const run = mm.run(["transcode", ...args, "-q"], options);
  return { ...run, first: run.stderr.split("\n")[0] ?? "", left: mm.leftovers() };
}

describe.runIf(engine !== undefined)("a bad request ends at once, with one message and nothing left", () => {
  it.each([
    ["a missing input", ["/no/such.mp4", "out.mp4"], 66, /does not exist/],
    ["a folder as input", [FIXTURES, "out.mp4"], 69, /not a regular file/],
    ["text", [join(FIXTURES, "generate.mjs"), "out.mp4"], 65, /text/],
    ["a missing output folder", [clip, "no/out.mp4"], 73, /does not exist/],
    ["an output format mm does not write", [clip, "out.gif"], 69, /writes \.mp4/],
    ["a limit that nothing fits", [clip, "out.mp4", "--max-memory", "40M"], 75, /over the memory limit/],
  ])("%s", (_what, args, code, message) => {
    const run = fails(args);
    expect(run.code, run.stderr).toBe(code);
    expect(run.first).toMatch(message);
    expect(run.left).toEqual([]);
  });

  it("an existing output without --overwrite, which stays as it was", () => {
    writeFileSync(mm.path("out.mp4"), "mine");
    const run = fails([clip, "out.mp4"]);
    expect(run.code).toBe(73);
    expect(run.stderr).toContain("--overwrite");
    expect(readFileSync(mm.path("out.mp4"), "utf8")).toBe("mine");
  });

  it("an empty input", () => {
    writeFileSync(mm.path("empty.mp4"), "");
    expect(fails(["empty.mp4", "out.mp4"])).toMatchObject({ code: 65, left: ["empty.mp4"] });
    expect(fails(["-", "out.mp4"], { input: new Uint8Array(0) })).toMatchObject({ code: 65 });
  });

  it("a truncated input, at every kind of place", () => {
    const whole = readFileSync(clip);
    for (const share of [0.01, 0.5, 0.9, 0.999]) {
      writeFileSync(mm.path("cut.mp4"), whole.subarray(0, Math.floor(whole.length * share)));
      const run = fails(["cut.mp4", "out.mp4", "--preset", "ultrafast"]);
      expect(run.code, `${share}: ${run.stderr}`).toBe(65);
      expect(run.left).toEqual(["cut.mp4"]);
    }
  });

  it("reads standard input", () => {
    const run = mm.run(["transcode", "-", "out.mp4", "--preset", "ultrafast", "-q"], { input: readFileSync(clip) });
    expect(run.code, run.stderr).toBe(0);
    expect(mm.leftovers()).toEqual(["out.mp4"]);
  });
});

describe.runIf(engine !== undefined)("standard input", () => {
  it("may come slowly", () => {
    const script = `(head -c 1000 ${clip}; sleep 1; tail -c +1001 ${clip}) | ${process.execPath} ${mm.bin} transcode - out.mp4 --preset ultrafast -q`;
    const run = spawnSync("sh", ["-c", script], { cwd: mm.folder, encoding: "utf8" });
    expect(run.status, run.stderr).toBe(0);
    expect(existsSync(mm.path("out.mp4"))).toBe(true);
  });
});

describe.runIf(engine !== undefined)("killed underway", () => {
  /** An engine that takes its time: the real one, read at the speed of playback, so that a test can act while it runs. */
  function slowEngine(): string {
    const path = mm.path("slow-ffmpeg");
    const script = `#!/bin/sh\ncase "$*" in *-progress*-vf*) shift; exec ${engine} -re "$@";; esac\nexec ${engine} "$@"\n`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
    return path;
  }
  const args = () => ["transcode", clip, "out.mp4", "--preset", "ultrafast", "--ffmpeg", slowEngine()];
  const encoders = () => processesNaming(mm.path(".out.mp4.mm/chunk-00000.mp4"));

  it("mm with SIGKILL: no child is left and no output appears", async () => {
    const run = mm.start(args());
    await until(() => encoders().length > 0);
    run.kill("SIGKILL");
    await run.exit;
    await until(() => encoders().length === 0);
    expect(existsSync(mm.path("out.mp4"))).toBe(false);
    const again = mm.run(["transcode", clip, "out.mp4", "--preset", "ultrafast", "-q"]);
    expect(again.code, again.stderr).toBe(0);
    expect(existsSync(mm.path(".out.mp4.mm"))).toBe(false);
  });

  it("a child with SIGKILL: its chunk is encoded once more", async () => {
    const run = mm.start(args());
    await until(() => encoders().length > 0);
    for (const pid of encoders()) process.kill(pid, "SIGKILL");
    const { code, stderr } = await run.exit;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("chunk 1 failed and is encoded once more: ffmpeg was killed by signal 9");
    expect(mm.leftovers().sort()).toEqual(["out.mp4", "slow-ffmpeg"]);
  });

  it("a child with SIGKILL, twice: one error, nothing left", async () => {
    const run = mm.start(args());
    for (let times = 0; times < 2; times++) {
      await until(() => encoders().length > 0);
      const killed = encoders();
      for (const pid of killed) process.kill(pid, "SIGKILL");
      await until(() => !encoders().some((pid) => killed.includes(pid)));
    }
    const { code, stderr } = await run.exit;
    expect(code).toBe(74);
    expect(stderr).toContain("killed by signal 9");
    expect(mm.leftovers()).toEqual(["slow-ffmpeg"]);
  });

  it("one of two lanes with SIGKILL: the other goes on, and its chunk is encoded once more", async () => {
    const lane = (index: number) => processesNaming(mm.path(`.out.mp4.mm/chunk-0000${index}.mp4`));
    const run = mm.start([
      ...["transcode", join(FIXTURES, "chunks.mp4"), "out.mp4", "--preset", "ultrafast", "--lanes", "2"],
      ...["--ffmpeg", slowEngine()],
    ]);
    await until(() => lane(0).length > 0 && lane(1).length > 0);
    const other = lane(1);
    for (const pid of lane(0)) process.kill(pid, "SIGKILL");
    await until(() => lane(0).length > 0);
    expect(other.length).toBeGreaterThan(0);
    const { code, stderr } = await run.exit;
    expect(code, stderr).toBe(0);
    expect(stderr.match(/failed and is encoded once more/g)).toHaveLength(1);
    expect(mm.leftovers().sort()).toEqual(["out.mp4", "slow-ffmpeg"]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("mm with %s: children stop, nothing is left, exit %i", async (signal, code) => {
    const run = mm.start(args());
    await until(() => encoders().length > 0);
    run.kill(signal);
    expect((await run.exit).code).toBe(code);
    expect(encoders()).toEqual([]);
    expect(mm.leftovers()).toEqual(["slow-ffmpeg"]);
  });
});

describe.runIf(engine !== undefined)("a chunk that does not show the source", () => {
  /** An engine whose encodes come out upside down: whole, well-formed, and wrong. `when` is a condition of the shell. */
  function lyingEngine(when = "true"): string {
    const path = mm.path("lying-ffmpeg");
    const turn = `if ${when}; then for a; do case $a in settb=*) a="$a,vflip";; esac; set -- "$@" "$a"; shift; done; fi`;
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *rawvideo*) ;; *chunk-*) ${turn};; esac\nexec ${engine} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it("is caught by the proof of picture, sampled or whole", () => {
    for (const more of [[], ["--verify"]]) {
      const run = fails([clip, "out.mp4", "--preset", "ultrafast", "--ffmpeg", lyingEngine(), ...more]);
      expect(run.code, run.stderr).toBe(74);
      expect(run.first).toContain("proof of picture");
      expect(run.left).toEqual(["lying-ffmpeg"]);
    }
  });

  it("and is encoded anew: an engine that fails once has its mistake mended, in the output too", () => {
    const once = lyingEngine(`mkdir "${mm.path("lied")}" 2>/dev/null`);
    const run = mm.run(["transcode", clip, "out.mp4", "--preset", "ultrafast", "--ffmpeg", once, "-v"]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("encoded anew");
    const compared = spawnSync(engine ?? "", ["-v", "info", "-i", mm.path("out.mp4"), "-i", clip, "-lavfi", "psnr", "-f", "null", "-"], {
      encoding: "utf8",
    });
    expect(Number(/average:([\d.]+)/.exec(compared.stderr)?.[1])).toBeGreaterThan(35);
  });

  it("and bytes that change on disk are caught before the join", () => {
    const path = mm.path("rotting-ffmpeg");
    // Damages the first chunk while the second is encoded, of which frames will be compared.
    const rot = `printf XXXX | dd of="$(dirname "$chunk")/chunk-00000.mp4" bs=1 seek=3000 conv=notrunc 2>/dev/null`;
    writeFileSync(
      path,
      `#!/bin/sh\nfor chunk; do :; done\nchunk=\${chunk#file:}\ncase "$chunk" in *chunk-00001.mp4) ${rot};; esac\nexec ${engine} "$@"\n`,
    );
    chmodSync(path, 0o755);
    const run = fails([join(FIXTURES, "chunks.mp4"), "out.mp4", "--preset", "ultrafast", "--lanes", "1", "--ffmpeg", path]);
    expect(run.code, run.stderr).toBe(74);
    expect(run.first).toMatch(/changed on disk/);
    expect(run.stderr).toContain("1 of 2 chunks");
    expect(run.left.sort()).toEqual([".out.mp4.mm", "rotting-ffmpeg"]);
  });
});

describe.runIf(engine !== undefined)("an engine that takes more than was forecast", () => {
  const wrapped = (name: string, script: string) => {
    const path = mm.path(name);
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *-vstats_file*) ${script};; esac\nexec ${engine} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const report = (name: string) => JSON.parse(readFileSync(mm.path(name), "utf8"));

  it("in one process blows its fuse: exit 75, held by the kernel", () => {
    // The encoder is told to look 250 frames ahead, whatever the plan chose.
    const greedy = wrapped(
      "greedy-ffmpeg",
      'for a; do case $a in threads=*) a="$a:rc-lookahead=250:sync-lookahead=250:threads=16";; esac; set -- "$@" "$a"; shift; done',
    );
    const run = fails([clip, "out.mp4", "--ffmpeg", greedy, "--max-memory", "150M", "--report", "r.json"]);
    expect(run.code, run.stderr).toBe(75);
    expect(report("r.json")).toMatchObject({ ok: false, memory: { heldBy: "kernel" }, error: { code: "MM_BUDGET" } });
    expect(run.left.sort()).toEqual(["greedy-ffmpeg", "r.json"]);
  });

  it("in many processes is stopped by the monitor: exit 75, nothing left running", async () => {
    // tail(1) keeps what it may have to print: 50 MiB, far below the fuse of one process, in each of six.
    const hoarder = wrapped(
      "hoarder-ffmpeg",
      "for n in 1 2 3 4 5 6; do { head -c 50m /dev/zero; sleep 20; } | tail -c 50m & done; sleep 20",
    );
    const run = fails([clip, "out.mp4", "--ffmpeg", hoarder, "--max-memory", "150M", "--report", "r.json"]);
    expect(run.code, run.stderr).toBe(75);
    expect(report("r.json").memory).toMatchObject({
      heldBy: "monitor",
      steps: expect.arrayContaining([expect.objectContaining({ step: "stop", name: "job" })]),
    });
    await until(() => processesNaming("tail\0-c\x0050m").length === 0);
  });
});

const canMount = process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0;
if (!canMount) console.log("skipped: a full disk, because only root can mount a small one");

describe.runIf(engine !== undefined && canMount)("a full disk", () => {
  it("is exit 75 with nothing left", () => {
    const disk = mm.path("disk");
    mkdirSync(disk);
    // A file system of 256 KiB in memory; mm says that it counts as memory, and that it is full.
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
    try {
      const run = fails([clip, "disk/out.mp4", "--preset", "ultrafast"]);
      expect(run.code, run.stderr).toBe(75);
      expect(run.stderr).toMatch(/no space/i);
      expect(spawnSync("ls", ["-A", disk], { encoding: "utf8" }).stdout).toBe("");
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
