import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../src/media/checkpoint/checkpoint.ts";
import { readStoredPlan } from "../../../src/media/checkpoint/stored-plan.ts";
import { earlierEntry } from "../../../src/media/chunks.ts";
import { roomyBudget } from "../../memory/roomy-budget.ts";
import { checkpointIn, chunks, encoded, planOf, video } from "./plan-of.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-checkpoint-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const budget = roomyBudget();
const path = (name: string) => join(folder, name);
const [first, second, third] = planOf().units;
if (first === undefined || second === undefined || third === undefined) throw new Error("three units");
const record = (unit = first) => path(`done/${unit.id}.json`);
const stored = () => readStoredPlan(folder, chunks.length);

/** A run that finished two of the three chunks and half of the third. */
async function interrupted(): Promise<void> {
  const checkpoint = checkpointIn(folder, budget);
  await checkpoint.begin();
  await checkpoint.finish(encoded(folder, budget, chunks[1]), 1200.4);
  await checkpoint.finish(encoded(folder, budget, chunks[0]), 800);
  encoded(folder, budget, chunks[2]);
}

async function resumed(plan = planOf()): Promise<Checkpoint> {
  const checkpoint = checkpointIn(folder, budget, plan);
  await checkpoint.recover(await stored());
  return checkpoint;
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

describe("a checkpoint", () => {
  it("gives a later run the chunks that were finished, as they were", async () => {
    await interrupted();
    const { recovered, finishedCount } = await resumed();
    expect(recovered.files).toEqual([encoded(folder, budget, chunks[0]), encoded(folder, budget, chunks[1])]);
    expect(recovered).toMatchObject({ elapsedMs: 2000, refused: [] });
    expect(finishedCount).toBe(2);
  });

  it("needs its plan, its records and the files of finished chunks, and nothing of the folder while there are none", async () => {
    const checkpoint = checkpointIn(folder, budget);
    await checkpoint.begin();
    expect([...checkpoint.names()]).toEqual([]);
    await checkpoint.finish(encoded(folder, budget, chunks[1]), 1);
    expect([...checkpoint.names()]).toEqual(["plan.json", "done", "chunk-1.mp4"]);
    expect(readdirSync(path("done"))).toEqual([`${second.id}.json`]);
  });

  it("is not written again by the run that goes on from it", async () => {
    await interrupted();
    const before = readFileSync(path("plan.json"));
    const checkpoint = await resumed(planOf({ requests: { memoryBytes: 5, cpus: 5 }, input: { ...planOf().input, path: "moved.mp4" } }));
    await checkpoint.begin();
    expect(readFileSync(path("plan.json"))).toEqual(before);
    await checkpoint.finish(encoded(folder, budget, chunks[2]), 1);
    expect((await resumed()).finishedCount).toBe(3);
  });

  it("keeps which sync frame led to all frames of a chunk", async () => {
    const checkpoint = checkpointIn(folder, budget);
    await checkpoint.begin();
    const used = earlierEntry(video, chunks[1] ?? expect.unreachable());
    await checkpoint.finish({ ...encoded(folder, budget, chunks[1]), chunk: used }, 1);
    expect((await resumed()).recovered.files[0]?.chunk).toEqual(used);
  });

  it("forgets a chunk that turned out to be wrong", async () => {
    await interrupted();
    const checkpoint = await resumed();
    await checkpoint.forget(chunks[0] ?? expect.unreachable());
    expect([...checkpoint.names()]).toEqual(["plan.json", "done", "chunk-1.mp4"]);
    expect((await resumed()).recovered).toMatchObject({ files: [{ path: path("chunk-1.mp4") }], refused: [] });
  });

  it("ends underway when the job is stopped", async () => {
    await interrupted();
    const controller = new AbortController();
    const { Checkpoint } = await import("../../../src/media/checkpoint/checkpoint.ts");
    const checkpoint = new Checkpoint({ directory: folder, plan: planOf(), chunks, video, budget, signal: controller.signal });
    controller.abort(new Error("stopped"));
    await expect(checkpoint.recover(await stored())).rejects.toThrow("stopped");
  });

  it("says what is wrong when a record cannot be written", async () => {
    const checkpoint = checkpointIn(folder, budget);
    await checkpoint.begin();
    const file = encoded(folder, budget, chunks[0]);
    rmSync(path("done"), { recursive: true });
    await expect(checkpoint.finish(file, 1)).rejects.toMatchObject({ code: "MM_OUTPUT", details: { errno: "ENOENT" } });
    rmSync(file.path);
    await expect(checkpoint.finish(file, 1)).rejects.toMatchObject({ details: { path: file.path } });
    expect(checkpoint.finishedCount).toBe(0);
  });
});

describe("a chunk on record counts as not finished", () => {
  const DAMAGE: [what: string, damage: () => void, refused: string][] = [
    [
      "whose file has another byte",
      () => edit(path("chunk-0.mp4"), (text) => text.replace("packets", "Packets")),
      "file that is not the one",
    ],
    ["whose file is cut", () => truncateSync(path("chunk-0.mp4"), 3), "file that is not the one"],
    ["whose file is empty", () => truncateSync(path("chunk-0.mp4"), 0), "file that is not the one"],
    ["whose file is gone", () => rmSync(path("chunk-0.mp4")), "lost its file"],
    ["whose file is another chunk", () => copyFileSync(path("chunk-1.mp4"), path("chunk-0.mp4")), "file that is not the one"],
    [
      "whose file is a link to the same bytes",
      () => {
        // As long a name as the file has bytes: that is the size of a link.
        const name = "moved".padEnd(statSync(path("chunk-0.mp4")).size, "-");
        renameSync(path("chunk-0.mp4"), path(name));
        symlinkSync(name, path("chunk-0.mp4"));
      },
      "file that is not the one",
    ],
    [
      "whose file is a pipe",
      () => {
        rmSync(path("chunk-0.mp4"));
        spawnSync("mkfifo", [path("chunk-0.mp4")]);
      },
      "file that is not the one",
    ],
    ["whose record is cut", () => truncateSync(record(), 40), "damaged record"],
    ["whose record is empty", () => truncateSync(record(), 0), "damaged record"],
    ["whose record is no text", () => writeFileSync(record(), Buffer.from([0xff, 0, 0xfe])), "damaged record"],
    ["whose record is a list", () => writeFileSync(record(), "[]"), "damaged record"],
    ["whose record is of another kind", () => edit(record(), (text) => text.replace("mm.done/1", "mm.done/2")), "damaged record"],
    ["whose record is of another unit", () => copyFileSync(record(second), record()), "damaged record"],
    [
      "whose record has another number of frames",
      () => edit(record(), (text) => text.replace(`"frames":${first.frames}`, '"frames":1')),
      "damaged record",
    ],
    [
      "whose record has no number of frames",
      () => edit(record(), (text) => text.replace(/"frames":\d+/, '"frames":"many"')),
      "damaged record",
    ],
    ["whose record has a negative size", () => edit(record(), (text) => text.replace(/"bytes":/, '"bytes":-')), "damaged record"],
    ["whose record has another size", () => edit(record(), (text) => text.replace(/"bytes":/, '"bytes":9')), "file that is not the one"],
    ["whose record has another hash", () => edit(record(), (text) => text.replace(/"hash":"./, '"hash":"g')), "file that is not the one"],
    [
      "whose record has a sync frame that is none",
      () => edit(record(second), (text) => text.replace(/"seekTick":\d+/, '"seekTick":5')),
      "damaged record",
    ],
    ["whose record names another file", () => edit(record(), (text) => text.replace("chunk-0.mp4", "chunk-1.mp4")), "damaged record"],
    [
      "whose record leads out of the folder",
      () => edit(record(), (text) => text.replace("chunk-0.mp4", "../chunk-0.mp4")),
      "damaged record",
    ],
    ["whose record is huge", () => edit(record(), (text) => text + " ".repeat(5000)), "record that is too large"],
    [
      "whose record is a link",
      () => {
        renameSync(record(), path("moved"));
        symlinkSync(path("moved"), record());
      },
      "record that is not a regular file",
    ],
    [
      "whose record is a folder with something in it",
      () => {
        rmSync(record());
        mkdirSync(record());
        writeFileSync(join(record(), "x"), "");
      },
      "record that is not a regular file",
    ],
  ];

  it.each(DAMAGE)("%s, and can be finished again", async (_what, damage, why) => {
    await interrupted();
    damage();
    const checkpoint = await resumed();
    const { files, refused } = checkpoint.recovered;
    expect(files).toHaveLength(1);
    expect(refused).toEqual([expect.stringMatching(new RegExp(`^chunk [12] has .*${why}`))]);
    await checkpoint.begin();
    for (const name of ["chunk-0.mp4", "chunk-1.mp4"])
      if (!files.some((file) => file.path === path(name))) rmSync(path(name), { force: true });
    for (const chunk of chunks.slice(0, 2)) await checkpoint.finish(encoded(folder, budget, chunk), 1);
    expect((await resumed()).recovered).toMatchObject({
      refused: [],
      files: [{ path: path("chunk-0.mp4") }, { path: path("chunk-1.mp4") }],
    });
  });

  it("unless its file is another name of the same bytes", async () => {
    await interrupted();
    linkSync(path("chunk-0.mp4"), path("also"));
    expect((await resumed()).finishedCount).toBe(2);
  });

  it("whatever is put beside the records", async () => {
    await interrupted();
    writeFileSync(path(`done/${"f".repeat(32)}.json`), readFileSync(record()));
    writeFileSync(path("done/..json"), "{}");
    symlinkSync("/etc", path("done/link"));
    expect((await resumed()).finishedCount).toBe(2);
  });

  it("when the folder of the records is a link", async () => {
    await interrupted();
    renameSync(path("done"), path("moved"));
    symlinkSync(path("moved"), path("done"));
    const checkpoint = await resumed();
    expect([...checkpoint.names()]).toEqual([]);
  });
});
