import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identifyEngine, identifyInput } from "../../../src/media/checkpoint/identity.ts";
import { readStoredPlan } from "../../../src/media/checkpoint/stored-plan.ts";
import type { Engine } from "../../../src/media/engine/index.ts";
import { type Budget, MappedInput } from "../../../src/memory/index.ts";
import { roomyBudget, seededRandom } from "../../memory/roomy-budget.ts";
import { checkpointIn, chunks, chunksOf, planOf } from "./plan-of.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const budget = roomyBudget();
const path = (name: string) => join(folder, name);
const file = () => path("plan.json");
const stored = (chunkCount = chunks.length) => readStoredPlan(folder, chunkCount);
const write = (plan: unknown) => writeFileSync(file(), JSON.stringify(plan));

describe("a stored plan", () => {
  it("is what was written, names no absolute place of the job, and has room below its limit", async () => {
    await checkpointIn(folder, budget).begin();
    expect(await stored()).toEqual(planOf());
    const text = readFileSync(file(), "utf8");
    expect(text.replace("/usr/bin/ffmpeg", "")).not.toMatch(/"\//);
    expect(text.length / chunks.length).toBeLessThan(512 + 1024);
  });

  it("is none where there is none", async () => {
    expect(await stored()).toBeUndefined();
  });

  it("has the same hash for the same job wherever the input lies and whatever is asked for, and another for any other job", () => {
    const { input, engine, encoder, hash } = planOf();
    for (const same of [{ input: { ...input, path: "x" } }, { requests: { memoryBytes: 1, cpus: 1 } }])
      expect(planOf(same).hash).toBe(hash);
    const others = [
      { input: { ...input, byteLength: 1 } },
      { input: { ...input, modifiedNs: "1" } },
      { input: { ...input, headHash: "x" } },
      { input: { ...input, tailHash: "x" } },
      { engine: { ...engine, path: "x" } },
      { engine: { ...engine, version: "x" } },
      { engine: { ...engine, byteLength: 1 } },
      { engine: { ...engine, modifiedNs: "1" } },
      { encoder: [...encoder, "-x"] },
      { chunks: chunksOf(700) },
      { fileOf: () => "x" },
      { argumentsOf: () => ["x"] },
    ].map((change) => planOf(change).hash);
    expect(new Set([hash, ...others]).size).toBe(others.length + 1);
  });

  it.each<[string, (plan: Record<string, unknown>) => unknown]>([
    ["empty", () => undefined],
    ["a number", () => 1],
    ["a list", () => []],
    ["null", () => null],
    ["of another kind", (plan) => ({ ...plan, schema: "mm.plan/1" })],
    ["with another hash", (plan) => ({ ...plan, hash: "0".repeat(64) })],
    ["with another encoder than its hash is of", (plan) => ({ ...plan, encoder: ["-crf", "9"] })],
    ["with another file than its hash is of", (plan) => ({ ...plan, units: [{ ...(plan.units as object[])[0], file: "../../x" }] })],
    ["without units", (plan) => ({ ...plan, units: undefined })],
    ["with a unit that is none", (plan) => ({ ...plan, units: [null] })],
    ["with words for numbers", (plan) => ({ ...plan, requests: { memoryBytes: "many", cpus: 1 } })],
    ["without a time base", (plan) => ({ ...plan, timeBase: { num: 1 } })],
    ["without a join", (plan) => ({ ...plan, join: [] })],
    ["without an input", (plan) => ({ ...plan, input: "in.mp4" })],
    ["without an engine", (plan) => ({ ...plan, engine: {} })],
  ])("%s is damaged", async (_what, change) => {
    const text = JSON.stringify(change({ ...planOf() }));
    writeFileSync(file(), text ?? "");
    expect(await stored()).toBe("damaged");
  });

  it("cut anywhere, or with any byte changed, is damaged or the same plan", async () => {
    const text = JSON.stringify(planOf());
    const random = seededRandom(7);
    for (let turn = 0; turn < 200; turn += 1) {
      const at = Math.floor(random() * text.length);
      const other = String.fromCharCode(32 + Math.floor(random() * 95));
      writeFileSync(file(), turn % 2 === 0 ? text.slice(0, at) : text.slice(0, at) + other + text.slice(at + 1));
      const plan = await stored();
      if (plan !== "damaged") expect(plan).toMatchObject({ hash: planOf().hash });
    }
  });

  it("that is a link or a folder is damaged", async () => {
    write(planOf());
    renameSync(file(), path("moved"));
    symlinkSync(path("moved"), file());
    expect(await stored()).toBe("damaged");
    rmSync(file());
    mkdirSync(file());
    expect(await stored()).toBe("damaged");
  });

  it("too large for this job is refused before it is read, and stays", async () => {
    write(planOf());
    truncateSync(file(), 1e9);
    await expect(stored()).rejects.toMatchObject({ exitCode: 64, message: expect.stringContaining("a much longer one") });
  });
});

describe("going on from the plan of another job is refused", () => {
  const { input, engine } = planOf();
  it.each<[string, Parameters<typeof planOf>[0], Record<string, string>]>([
    ["another size", { input: { ...input, byteLength: 999 } }, { input: "999 bytes, was 1000 (../in.mp4)" }],
    ["other bytes", { input: { ...input, tailHash: "x" } }, { input: "other bytes than ../in.mp4 had" }],
    [
      "another time",
      { input: { ...input, modifiedNs: "1700000001000000001" } },
      { input: "modified 2023-11-14T22:13:21.000Z, was 2023-11-14T22:13:20.000Z" },
    ],
    ["another engine", { engine: { ...engine, version: "6" } }, { engine: "ffmpeg 6 (/usr/bin/ffmpeg), was ffmpeg 5.1 (/usr/bin/ffmpeg)" }],
    [
      "other settings",
      { encoder: ["-c:v", "libx264", "-x264-params", "threads=2:ref=1:me=hex", "-crf", "30"] },
      { settings: "ref 1, was 3; me hex, was not given; -crf 30, was 23" },
    ],
    ["another length", { chunks: chunksOf(700) }, { frames: "700, was 750" }],
    ["other arguments", { argumentsOf: () => ["-threads", "1"] }, { chunks: expect.stringContaining("another way") }],
  ])("%s is said", async (_what, change, details) => {
    write(planOf());
    const checkpoint = checkpointIn(folder, budget, planOf(change));
    const refusal = { exitCode: 64, details, hint: expect.stringContaining("without --resume to start over") };
    await expect(checkpoint.recover(await stored())).rejects.toMatchObject(refusal);
    await expect(checkpoint.recover(await stored())).rejects.toThrow(
      `the checkpoint is of another job: not the same ${Object.keys(details).join(", ")}`,
    );
  });
});

describe("the identity of a file", () => {
  const core = { budget, mapInput: (of: Budget, tag: "io.window", name: string) => MappedInput.open(of, tag, name) };
  const identify = () => identifyInput(core, path("in.mp4"), path("work"));

  it("has its size, time and both ends", async () => {
    const bytes = Buffer.alloc(3 * 1024 ** 2, 1);
    const found = [];
    for (const at of [undefined, 5, bytes.length - 5, bytes.length >> 1]) {
      if (at !== undefined) bytes[at] = 9;
      writeFileSync(path("in.mp4"), bytes);
      utimesSync(path("in.mp4"), 1, 1);
      found.push(await identify());
    }
    const [before, head, tail, middle] = found;
    expect(before).toMatchObject({ path: "../in.mp4", byteLength: bytes.length, modifiedNs: "1000000000" });
    expect(head?.headHash).not.toBe(before?.headHash);
    expect(head?.tailHash).toBe(before?.tailHash);
    expect(tail?.tailHash).not.toBe(before?.tailHash);
    expect(middle).toEqual(tail);
    utimesSync(path("in.mp4"), 1, 2);
    expect(await identify()).toEqual({ ...middle, modifiedNs: "2000000000" });
  });

  it("of a file shorter than its ends is both ends the same", async () => {
    writeFileSync(path("in.mp4"), "short");
    const { headHash, tailHash, byteLength } = await identify();
    expect([headHash, byteLength]).toEqual([tailHash, 5]);
  });

  it("of an engine has its version, and none when it is gone", async () => {
    writeFileSync(path("ffmpeg"), "x");
    utimesSync(path("ffmpeg"), 1, 1);
    const engine = { path: path("ffmpeg"), version: "5" } as Engine;
    expect(await identifyEngine(engine)).toEqual({ ...engine, byteLength: 1, modifiedNs: "1000000000" });
    rmSync(path("ffmpeg"));
    await expect(identifyEngine(engine)).rejects.toMatchObject({ exitCode: 74 });
  });
});
