import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomSource } from "../../../fixtures/sequences.mjs";
import { readStacks } from "../../../src/profile/node/stacks-file.ts";
import { NodeTail } from "../../../src/profile/node/tail.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-tail-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FIGURES = [10, 20, 30, 4, 5, 6, 7, 8, 9, 11];
const row = (atMs: number) => `${JSON.stringify(["r", atMs, ...FIGURES])}\n`;
/** Two processes that are alive, and one that never was. */
const [OWN, PARENT, NOBODY] = [process.pid, process.ppid, 4_194_305];
const all = (pid: number) => ({ [OWN]: 1, [PARENT]: 2 })[pid] ?? 3;
const put = (name: string, text: string) => appendFileSync(join(folder, name), text);

describe("NodeTail.drain", () => {
  it("gives rows and events of all isolates in order of time, on the clock of the capture", () => {
    put(`node-${OWN}-0`, `["h",1,101,0]\n${row(1005)}${row(1105)}["g",1050,"major",2.5,100,60]\n["m",1001,"start"]\n`);
    put(`node-${PARENT}-3`, row(1055));
    const { rows, events } = new NodeTail(folder, 1000).drain(all);
    expect([...(rows.isolate ?? [])]).toEqual([5, 1, 0, ...FIGURES, 55, 2, 3, ...FIGURES, 105, 1, 0, ...FIGURES]);
    expect(events).toEqual([
      { type: "mark", process: 1, atMs: 1, name: "start" },
      { type: "gc", process: 1, thread: 0, atMs: 50, kind: "major", durationMs: 2.5, beforeBytes: 100, afterBytes: 60 },
    ]);
  });

  it("gives each line once, and the last one when all of it is there", () => {
    const tail = new NodeTail(folder, 0);
    const seen = () => (tail.drain(all).rows.isolate?.length ?? 0) / 13;
    expect(seen()).toBe(0);
    put(`node-${OWN}-0`, row(1) + row(2).slice(0, 9));
    expect(seen()).toBe(1);
    expect(seen()).toBe(0);
    put(`node-${OWN}-0`, row(2).slice(9) + row(3));
    expect(seen()).toBe(2);
  });

  it("forgets the files of processes that have ended, once they are read", () => {
    put(`node-${OWN}-0`, row(1));
    put(`node-${NOBODY}-0`, row(2));
    put(`node-${NOBODY}-0.stacks`, JSON.stringify({ version: 1, atMs: 9, samplingBytes: 64, frames: [], paths: [] }));
    const tail = new NodeTail(folder, 0);
    expect(tail.drain(() => undefined).rows.isolate).toHaveLength(0);
    expect(readdirSync(folder)).toHaveLength(3);
    const { rows, events } = tail.drain(all);
    expect(rows.isolate).toHaveLength(26);
    expect(events).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([`node-${OWN}-0`]);
    expect(tail.drain(all)).toEqual({ rows: { isolate: new Float64Array() }, events: [] });
  });

  it("waits with what processes wrote that are not known yet", () => {
    const tail = new NodeTail(folder, 0);
    put(`node-${OWN}-0`, row(1));
    expect(tail.drain(() => undefined).rows.isolate).toHaveLength(0);
    expect(tail.drain(all).rows.isolate).toHaveLength(13);
  });

  it("passes over what is not of its form, and gives up on a file without lines", () => {
    const wrong = [
      "[]",
      "{}",
      "null",
      '["r",1]',
      '["r",-1,1,2,3,4,5,6,7,8,9,10]',
      '["r",1,1,2,3,4,5,6,7,8,9,1e99]',
      '["g",1,"huge",1,1,1]',
      "\0",
    ];
    put(`node-${OWN}-0`, `${wrong.join("\n")}\n${row(7)}["m",1,${JSON.stringify("x".repeat(1000))}]\n`);
    put(`node-${PARENT}-0`, "x".repeat(10_000));
    const tail = new NodeTail(folder, 0);
    const { rows, events } = tail.drain(all);
    expect(rows.isolate).toHaveLength(13);
    expect(events).toEqual([{ type: "mark", process: 1, atMs: 1, name: "x".repeat(200) }]);
    put(`node-${PARENT}-0`, `\n${row(8)}`);
    expect(tail.drain(all).rows.isolate).toHaveLength(0);
  });

  it("takes as little of each file as fits into memory where there are many, and all of it in the end", () => {
    const lines = row(1).repeat(500);
    for (let thread = 0; thread < 800; thread++) put(`node-${OWN}-${thread}`, lines);
    const tail = new NodeTail(folder, 0);
    const seen = () => (tail.drain(all).rows.isolate?.length ?? 0) / 13;
    const first = seen();
    expect(first).toBeGreaterThan(800);
    expect(first * row(1).length).toBeLessThan(16.1 * 2 ** 20);
    expect(first + seen()).toBe(800 * 500);
  });

  it("follows no links, opens no folders, and needs no folder of its own", () => {
    writeFileSync(join(folder, "secret"), row(1));
    symlinkSync(join(folder, "secret"), join(folder, `node-${OWN}-0`));
    mkdirSync(join(folder, `node-${PARENT}-0`));
    mkdirSync(join(folder, `node-${PARENT}-0.stacks`));
    symlinkSync("/dev/zero", join(folder, `node-${OWN}-3`));
    expect(new NodeTail(folder, 0).drain(all).rows.isolate).toHaveLength(0);
    expect(new NodeTail(join(folder, "gone"), 0).drain(all)).toEqual({ rows: { isolate: new Float64Array() }, events: [] });
  });

  it("gives call paths anew when they were replaced, the more seldom the longer it runs, and those of an end", () => {
    const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
    const tail = new NodeTail(folder, nowMs());
    const file = (bytes: number) =>
      JSON.stringify({ version: 1, atMs: 9, samplingBytes: 64, frames: [["f", "a.js", 3]], paths: [[-1, 0, bytes, 2]] });
    put(`node-${OWN}-0`, row(1));
    writeFileSync(join(folder, `node-${OWN}-0.stacks`), file(100));
    expect(tail.drain(all).events).toMatchObject([{ type: "stacks", process: 1, thread: 0, atMs: 0 }]);
    expect(tail.drain(all).events).toEqual([]);
    writeFileSync(join(folder, `node-${OWN}-0.stacks`), file(2000));
    const deadlineMs = nowMs() + 2000;
    let events = tail.drain(all).events;
    while (events.length === 0 && nowMs() < deadlineMs) events = tail.drain(all).events;
    expect(events).toMatchObject([{ stacks: { samples: [{ stack: [0], weight: 2000, count: 2 }] } }]);

    const long = new NodeTail(folder, nowMs() - 3_600_000);
    expect(long.drain(all).events).toHaveLength(1);
    writeFileSync(join(folder, `node-${OWN}-0.stacks`), file(30_000));
    put(`node-${NOBODY}-0`, row(1));
    writeFileSync(join(folder, `node-${NOBODY}-0.stacks`), file(400_000));
    expect(long.drain(all).events).toMatchObject([{ process: 3, stacks: { samples: [{ weight: 400_000 }] } }]);
    expect(long.drain(all, true).events).toMatchObject([{ process: 1, stacks: { samples: [{ weight: 30_000 }] } }]);
  });

  it("takes whatever bytes there are", () => {
    const random = randomSource(7);
    const good = Buffer.from(`["h",1,101,0]\n${row(1)}["g",1,"major",1,1,1]\n["m",2,"a"]\n${row(3)}`);
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(good);
      for (let at = 0; at < 1 + random() * 10; at++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      writeFileSync(join(folder, `node-${round}-0`), bytes.subarray(0, Math.floor(random() * bytes.length)));
    }
    const { rows } = new NodeTail(folder, 0).drain((pid) => pid);
    for (const value of rows.isolate ?? []) expect(value >= 0 && Number.isFinite(value)).toBe(true);
  });
});

describe("readStacks", () => {
  const good = {
    version: 1,
    atMs: 5,
    samplingBytes: 524_288,
    frames: [
      ["", "", 0],
      ["keep", "a.js", 12],
    ],
    paths: [
      [-1, 0, 0, 0],
      [0, 1, 700_000, 2],
      [1, 1, 524_290, 1],
    ],
  };

  it("gives whole paths, outermost first", () => {
    expect(readStacks(JSON.stringify(good))).toEqual({
      atMs: 5,
      stacks: {
        kind: "js",
        weightOf: "live",
        frames: [{ name: "(anonymous)" }, { name: "keep", file: "a.js", line: 12 }],
        samples: [
          { stack: [0, 1], weight: 700_000, count: 2 },
          { stack: [0, 1, 1], weight: 524_290, count: 1 },
        ],
        samplingBytes: 524_288,
      },
    });
  });

  it("refuses callers that come later, frames that are not there, and depths without end", () => {
    const deep = Array.from({ length: 2000 }, (_, at) => [at - 1, 0, 1, 1]);
    for (const paths of [[[0, 0, 1, 1]], [[-1, 9, 1, 1]], [[5, 0, 1, 1]], [[-2, 0, 1, 1]], [[-1, 0, -1, 1]], deep, "x", [[]]]) {
      expect(readStacks(JSON.stringify({ ...good, paths }))).toBeUndefined();
    }
    for (const change of [{ frames: [[1, 2, 3]] }, { atMs: "5" }, { atMs: null }, { samplingBytes: -1 }, { frames: undefined }]) {
      expect(readStacks(JSON.stringify({ ...good, ...change }))).toBeUndefined();
    }
    expect(readStacks("{")).toBeUndefined();
    const many = Array.from({ length: 40_000 }, (_, at) => [at < 300 ? at - 1 : 299, 0, 1, 1]);
    expect(readStacks(JSON.stringify({ ...good, paths: many }))).toBeUndefined();
  });
});
