/** Reductions that end early, and those that go on from what they left. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { type MmRun, MmSession, until } from "../transcode/run-mm.ts";

/** So many that each stage takes several looks at its progress. */
const INPUT_BYTES = 20e6;
/** So tight that both sorters spill. */
const TIGHT = ["--max-memory", "68M"];
const OUTPUTS = ["out.fasta", "out.fasta.mmd", "out.fasta.tsv"];

let mm: MmSession;
let folder = "";
/** What an undisturbed run writes, in the order of OUTPUTS. */
let undisturbed: readonly Buffer[] = [];
beforeAll(() => {
  mm = new MmSession();
  folder = mkdtempSync(join(tmpdir(), "mm-reduce-resume-"));
  writeSequences("in.fasta", 7);
  // Long enough to be read for a while; a copy is compared in no time.
  for (let copy = 0; copy < 10; copy += 1) writeFileSync(join(folder, "long.fasta"), readFileSync(input()), { flag: "a" });
  expect(run().code).toBe(0);
  undisturbed = outputs();
  removeAll();
});
afterAll(() => {
  mm?.[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(removeAll);

function writeSequences(name: string, seed: number): void {
  const fd = openSync(join(folder, name), "w");
  for (const piece of makeSequences({ kind: "protein", bytes: INPUT_BYTES, seed })) writeSync(fd, piece);
  closeSync(fd);
}

function removeAll(): void {
  for (const name of mm.leftovers()) rmSync(mm.path(name), { recursive: true, force: true });
}

const input = () => join(folder, "in.fasta");
const long = () => ["-i", join(folder, "long.fasta")];
const argumentsOf = (...more: string[]) => ["reduce", "-i", input(), "-o", "out.fasta", "--threads", "1", ...TIGHT, ...more];
const run = (...more: string[]): MmRun => mm.run(argumentsOf("-q", ...more));
const hidden = (name = "") => mm.path(join(".out.fasta.mm", name));
const outputs = () => OUTPUTS.map((name) => readFileSync(mm.path(name)));
const areUndisturbed = (files: readonly Buffer[]) => files.every((bytes, at) => bytes.equals(undisturbed[at] ?? Buffer.of()));
/** The file of the checkpoint that holds a sorter's records. */
const sorterFile = () => ["rank", "assignments"].map((name) => hidden(name)).find((path) => existsSync(path)) ?? "";

/** Starts a job, and ends it with `signal` once it is in that phase. */
async function interrupted(phase: string, signal: NodeJS.Signals, ...more: string[]): Promise<MmRun> {
  const job = mm.start(argumentsOf("--progress", "json", ...more));
  await until(() => job.said().includes(`"phase":"${phase}"`));
  job.kill(signal);
  return await job.exit;
}

/** The same command with --resume gives the bytes of an undisturbed run, and does only the stages that are missing. */
function expectResumed(phases: readonly string[], ...more: string[]): string {
  const resumed = mm.run(argumentsOf("--resume", "--progress", "json", ...more));
  expect(resumed.code, resumed.stderr).toBe(0);
  for (const phase of ["read", "cluster", "write"]) {
    expect(resumed.stderr.includes(`"phase":"${phase}"`), phase).toBe(phases.includes(phase));
  }
  expect(areUndisturbed(outputs())).toBe(true);
  expect(mm.leftovers().sort()).toEqual(OUTPUTS);
  return resumed.stderr;
}

describe("a reduction that was killed", () => {
  it("while it read starts from the beginning", async () => {
    await interrupted("read", "SIGKILL", ...long());
    expect(readdirSync(hidden())).not.toContain("checkpoint.json");
    expect(expectResumed(["read", "cluster", "write"])).toContain("there is no checkpoint of out.fasta");
  });

  it("while it compared does not read again", async () => {
    await interrupted("cluster", "SIGKILL");
    expect(readdirSync(hidden())).toContain("rank");
    expect(expectResumed(["cluster", "write"])).not.toContain('"warning"');
  });

  it("while it wrote only writes again", async () => {
    await interrupted("write", "SIGKILL");
    expect(readdirSync(hidden())).toContain("assignments");
    expect(expectResumed(["write"])).not.toContain('"warning"');
  });

  it("while it verified only writes again", async () => {
    // Restoring needs more memory than reducing.
    const more = ["--verify", "--max-memory", "80M", ...long()];
    await interrupted("verify", "SIGKILL", ...more);
    const resumed = mm.run(argumentsOf("--resume", "--progress", "json", ...more));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).not.toMatch(/"phase":"(read|cluster)"/);
    const resumedOutputs = outputs();
    expect(run("--overwrite", ...more).code).toBe(0);
    expect(outputs().every((bytes, at) => bytes.equals(resumedOutputs[at] ?? Buffer.of()))).toBe(true);
  });

  it("several times goes on each time, under other limits", async () => {
    await interrupted("cluster", "SIGKILL");
    await interrupted("cluster", "SIGKILL", "--resume", "--max-memory", "80M");
    await interrupted("write", "SIGKILL", "--resume", "--threads", "2");
    expectResumed(["write"], "--max-memory", "200M");
  });

  it("is replaced without --resume", async () => {
    await interrupted("cluster", "SIGKILL");
    await interrupted("read", "SIGKILL", ...long());
    expect(readdirSync(hidden())).not.toContain("checkpoint.json");
    expect(run().code).toBe(0);
    expect(mm.leftovers().sort()).toEqual(OUTPUTS);
  });
});

describe("a reduction that was stopped", () => {
  it.each([
    ["SIGINT", 130, "cluster", "the input was read", "rank"],
    ["SIGTERM", 143, "write", "the input was read and compared", "assignments"],
  ] as const)("by %s says how to go on, and leaves no more than that needs", async (signal, code, phase, kept, file) => {
    const job = mm.start(argumentsOf("--progress", "json"));
    await until(() => job.said().includes(`"phase":"${phase}"`));
    job.kill(signal);
    const end = await job.exit;
    expect(end.code).toBe(code);
    const error = JSON.parse(end.stderr.trim().split("\n").at(-1) ?? "");
    expect(error).toMatchObject({ type: "error", hint: "the same command with --resume", details: { kept } });
    expect(mm.leftovers()).toEqual([".out.fasta.mm"]);
    expect(readdirSync(hidden()).sort()).toEqual([file, "checkpoint.json", "owner.none"].sort());
    expectResumed(phase === "write" ? ["write"] : ["cluster", "write"]);
  });

  it("before anything was on record leaves nothing", async () => {
    const end = await interrupted("read", "SIGINT", ...long());
    expect(end.stderr).not.toContain("--resume");
    expect(mm.leftovers()).toEqual([]);
  });

  it("with room for everything in memory leaves nothing: its stages take seconds", async () => {
    const end = await interrupted("write", "SIGINT", "--max-memory", "1G");
    expect(end.stderr).not.toContain("--resume");
    expect(mm.leftovers()).toEqual([]);
  });
});

describe("--resume of a reduction", () => {
  it.each(["cluster", "write"])("starts from the beginning where a file is damaged, stopped in %s", async (phase) => {
    const damages: ((path: string) => void)[] = [
      (path) => flipBit(path, statSync(path).size >> 1),
      (path) => truncateSync(path, statSync(path).size - 1),
      (path) => truncateSync(path, 0),
      (path) => rmSync(path),
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ];
    for (const damage of damages) {
      await interrupted(phase, "SIGINT");
      damage(sorterFile());
      expect(expectResumed(["read", "cluster", "write"])).toContain("are not what they were, so this starts from the beginning");
      removeAll();
    }
  });

  it("starts from the beginning where the record is damaged", async () => {
    const damages = [
      (text: string) => text.slice(0, 200),
      (text: string) => text.replace(/"records":\d/, '"records":9'),
      (text: string) => text.replace(/"fileBytes":\d+/, '"fileBytes":9007199254740993'),
      () => "[]",
      () => "",
    ];
    for (const damage of damages) {
      await interrupted("cluster", "SIGINT");
      writeFileSync(hidden("checkpoint.json"), damage(readFileSync(hidden("checkpoint.json"), "utf8")));
      expect(expectResumed(["read", "cluster", "write"])).toContain("the checkpoint of out.fasta is damaged");
      removeAll();
    }
  });

  it("writes through no link that was planted", async () => {
    await interrupted("cluster", "SIGINT");
    writeFileSync(mm.path("precious"), "mine");
    rmSync(sorterFile());
    for (const name of ["rank", "assignments", "rows", "round-1", "representatives"]) symlinkSync(mm.path("precious"), hidden(name));
    const resumed = run("--resume");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readFileSync(mm.path("precious"), "utf8")).toBe("mine");
  });

  it("uses what is behind the described part of a file for nothing", async () => {
    await interrupted("cluster", "SIGINT");
    writeFileSync(sorterFile(), "of a later moment", { flag: "a" });
    expectResumed(["cluster", "write"]);
  });

  it("of another job is refused and loses nothing", async () => {
    await interrupted("cluster", "SIGINT");
    const refused = (more: string[], fact: RegExp) => {
      const end = run("--resume", ...more);
      expect(end.code, end.stderr).toBe(64);
      expect(end.stderr).toMatch(fact);
      expect(end.stderr).toContain("without --resume to start over");
    };
    refused(["--identity", "0.8"], /identity +0\.8, was 0\.9/);
    refused(["--coverage", "0.5", "--cov-mode", "both"], /coverage +0\.5, was 0\.8\n +cov-mode +both, was member/);
    refused(["--alphabet", "protein"], /alphabet +protein, was auto/);
    const { mtime } = statSync(input());
    utimesSync(input(), 1, 1);
    refused([], /input +modified 1970-01-01T00:00:01\.000Z, was 20/);
    utimesSync(input(), mtime, mtime);
    writeFileSync(join(folder, "other.fasta"), ">a\nMKV\n");
    refused(["-i", join(folder, "other.fasta")], /input +7 bytes, was 2\d+ \(/);
    expect(readdirSync(hidden()).sort()).toEqual(["checkpoint.json", "owner.none", "rank"]);
  });

  it("finds what is in --temp-dir, and there alone", async () => {
    mkdirSync(mm.path("disk"));
    await interrupted("cluster", "SIGKILL", "--temp-dir", "disk");
    const lost = run("--resume");
    expect(lost.code, lost.stderr).toBe(64);
    expect(lost.stderr).toContain("is in another --temp-dir");
    const resumed = run("--resume", "--temp-dir", "disk");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toBe("");
    expect(areUndisturbed(outputs())).toBe(true);
    expect(readdirSync(mm.path("disk"))).toEqual([]);
  });
});

describe("a reduction of what was unpacked", () => {
  const packed = () => {
    writeFileSync(join(folder, "in.fasta.gz"), gzipSync(readFileSync(input()), { level: 1 }));
    return ["-i", join(folder, "in.fasta.gz")];
  };

  it("keeps the plain bytes", async () => {
    const more = packed();
    await interrupted("cluster", "SIGKILL", ...more);
    expect(statSync(hidden("input")).size).toBe(statSync(input()).size);
    expect(expectResumed(["cluster", "write"], ...more)).not.toContain('"phase":"spool"');
  });

  it("from standard input does not need it again", async () => {
    const args = ["reduce", "-i", "-", "-o", "out.fasta", "--threads", "1", ...TIGHT];
    const job = mm.start([...args, "--progress", "json"], readFileSync(input()));
    await until(() => job.said().includes('"phase":"cluster"'));
    job.kill("SIGTERM");
    expect((await job.exit).stderr).toContain("the same command with --resume");
    const resumed = mm.run([...args, "--resume"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain("standard input is not read");
    expect(areUndisturbed(outputs())).toBe(true);
    expect(mm.leftovers().sort()).toEqual(OUTPUTS);
  });

  it("starts from the beginning where they are gone", async () => {
    const more = packed();
    await interrupted("cluster", "SIGKILL", ...more);
    rmSync(hidden("input"));
    expect(expectResumed(["read", "cluster", "write"], ...more)).toContain("the checkpoint of out.fasta is damaged");
  });

  it("is stopped by their hash where they changed, and the checkpoint goes", async () => {
    const more = packed();
    await interrupted("cluster", "SIGKILL", ...more);
    flipBit(hidden("input"), 1000);
    const resumed = run("--resume", ...more);
    expect(resumed.code, resumed.stderr).toBe(74);
    expect(resumed.stderr).not.toContain("--resume");
    expect(mm.leftovers()).toEqual([]);
  });
});

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

const canMount = process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0;
if (!canMount) console.log("skipped: a disk that fills up underway, because only root can mount a small one");

describe.runIf(canMount)("a disk that fills up underway", () => {
  it.each([
    ["while it compares", 0, "the input was read"],
    // Enough for what members are made of, not for the outputs beside it.
    ["while it writes", 16, "the input was read and compared"],
  ])("%s keeps what was finished, and is gone on with once it has room", async (_when, sizeMib, kept) => {
    const disk = mm.path("disk");
    mkdirSync(disk);
    const mount = (options: string) => execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
    mount("size=60m");
    try {
      const job = mm.start(argumentsOf("--progress", "json", "-o", "disk/out.fasta"));
      await until(() => existsSync(join(disk, ".out.fasta.mm/checkpoint.json")));
      if (sizeMib === 0) expect(() => writeFileSync(join(disk, "others"), Buffer.alloc(60 << 20))).toThrow("ENOSPC");
      else mount(`remount,size=${sizeMib}m`);
      const full = await job.exit;
      expect(full.code, full.stderr).toBe(75);
      expect(JSON.parse(full.stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({
        message: expect.stringMatching(/^no space left while /),
        hint: expect.stringMatching(/; the same command with --resume goes on from what is kept$/),
        details: { kept },
      });
      rmSync(join(disk, "others"), { force: true });
      expect(readdirSync(disk)).toEqual([".out.fasta.mm"]);
      mount("remount,size=60m");
      const resumed = mm.run(argumentsOf("-q", "-o", "disk/out.fasta", "--resume"));
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(areUndisturbed(OUTPUTS.map((name) => readFileSync(join(disk, name))))).toBe(true);
      expect(readdirSync(disk).sort()).toEqual(OUTPUTS);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});

describe("a disk with no room for a checkpoint", () => {
  it("is no reason to stop", async () => {
    // Room for the ranks, which are given back as they are compared, but not for more beside them.
    const disk = ["--max-disk", "18M"];
    const end = await interrupted("write", "SIGINT", ...disk);
    expect(JSON.parse(end.stderr.trim().split("\n").at(-1) ?? "").details.kept).toBe("the input was read and compared");
    removeAll();
    const early = await interrupted("cluster", "SIGINT", ...disk);
    expect(early.stderr).not.toContain("--resume");
    expect(mm.leftovers()).toEqual([]);
    const { code, stderr } = run(...disk);
    expect(code, stderr).toBe(0);
    expect(areUndisturbed(outputs())).toBe(true);
  });
});
