import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { buildModel } from "../../../src/profile/build-model.ts";
import type { Capture, Stacks } from "../../../src/profile/capture/records.ts";
import { pprofFile } from "../../../src/profile/report/pprof.ts";
import { profileDocument, thinTimeline } from "../../../src/profile/report/profile-document.ts";
import { speedscopeFile } from "../../../src/profile/report/speedscope.ts";
import * as scenes from "../scenes.ts";
import { captureOf, started } from "../synthetic.ts";
import { messages, number, numbers, readMessage } from "./proto.ts";

/** main calls load (100 bytes, 2 allocations) and parse; parse calls parse, which holds 50. */
const STACKS: Stacks = {
  ...{ kind: "js", weightOf: "live", samplingBytes: 1024 },
  frames: [{ name: "main", file: "/a.js", line: 1 }, { name: "load", file: "/a.js", line: 9 }, { name: "parse;x" }],
  samples: [
    { stack: [0, 1], weight: 100, count: 2 },
    { stack: [0, 2, 2], weight: 50, count: 1 },
    { stack: [0, 1], weight: 11, count: 1 },
  ],
};

function withStacks(...all: Stacks[]): Capture {
  return captureOf({
    tree: [{ atMs: 0, usedBytes: 5 }],
    events: [
      started(0, 41, -1, 0, "node"),
      ...all.map((stacks, thread) => ({ type: "stacks" as const, process: 0, thread, atMs: 1, stacks })),
    ],
  });
}

describe("speedscope", () => {
  test("a sampled profile in bytes for each kind, with the frames of all", () => {
    const file = speedscopeFile(buildModel(withStacks(STACKS, { ...STACKS, kind: "native" })));
    expect(file.$schema).toBe("https://www.speedscope.app/file-format-schema.json");
    expect(file.shared.frames).toHaveLength(6);
    expect(file.shared.frames[1]).toEqual({ name: "load", file: "/a.js", line: 9 });
    expect(
      file.profiles.map(({ name, type, unit, startValue, endValue, weights }) => ({ name, type, unit, startValue, endValue, weights })),
    ).toEqual([
      { name: "JavaScript live in node (41)", type: "sampled", unit: "bytes", startValue: 0, endValue: 161, weights: [100, 50, 11] },
      { name: "native live in node (41), thread 1", type: "sampled", unit: "bytes", startValue: 0, endValue: 161, weights: [100, 50, 11] },
    ]);
    expect(file.profiles[1]?.samples).toEqual([
      [3, 4],
      [3, 5, 5],
      [3, 4],
    ]);
  });

  test("every index is of a frame, in every scene", () => {
    for (const scene of [scenes.serverScene, scenes.hostileScene, scenes.jobScene]) {
      const { shared, profiles } = speedscopeFile(buildModel(scene()));
      expect(profiles.length).toBeGreaterThan(0);
      for (const { samples, weights } of profiles) {
        expect(samples).toHaveLength(weights.length);
        for (const index of samples.flat()) expect(shared.frames[index]).toBeDefined();
      }
    }
  });
});

describe("pprof", () => {
  const read = (capture: Capture) => {
    const profile = readMessage(gunzipSync(pprofFile(buildModel(capture))));
    const strings = (profile.get(6) ?? []).map((value) => new TextDecoder().decode(value as Uint8Array));
    const word = (index: number) => strings[index] ?? "missing";
    const functions = new Map(
      messages(profile, 5).map((each) => [number(each, 1), { name: word(number(each, 2)), file: word(number(each, 4)) }]),
    );
    const locations = new Map(
      messages(profile, 4).map((each) => [
        number(each, 1),
        messages(each, 4).map((line) => ({ of: functions.get(number(line, 1)), line: number(line, 2) })),
      ]),
    );
    const types = messages(profile, 1).map((each) => `${word(number(each, 1))}/${word(number(each, 2))}`);
    const samples = messages(profile, 2).map((each) => ({
      names: numbers(each, 1)
        .flatMap((id) => locations.get(id) ?? [])
        .map(({ of, line }) => `${of?.name} ${of?.file} ${line}`),
      values: numbers(each, 2),
      labels: Object.fromEntries(
        messages(each, 3).map((label) => [word(number(label, 1)), number(label, 2) > 0 ? word(number(label, 2)) : number(label, 3)]),
      ),
    }));
    const [period] = messages(profile, 11);
    return {
      strings,
      types,
      samples,
      periodType: period === undefined ? "" : `${word(number(period, 1))}/${word(number(period, 2))}`,
      period: number(profile, 12),
      durationNanos: number(profile, 10),
      defaultType: word(number(profile, 14)),
    };
  };

  test("Go's four sample types, the leaf first, and the mean distance of samples as the period", () => {
    const { strings, types, samples, periodType, period, defaultType } = read(withStacks(STACKS));
    expect(strings[0]).toBe("");
    expect(types).toEqual(["alloc_objects/count", "alloc_space/bytes", "inuse_objects/count", "inuse_space/bytes"]);
    expect(samples[0]).toEqual({
      names: ["load /a.js 9", "main /a.js 1"],
      values: [0, 0, 2, 100],
      labels: { kind: "js", weight: "live", process: "node (41)" },
    });
    expect(samples[1]?.names).toEqual(["parse;x  0", "parse;x  0", "main /a.js 1"]);
    expect([periodType, period, defaultType]).toEqual(["space/bytes", 1024, "inuse_space"]);
  });

  test("what was allocated counts as allocated", () => {
    const { samples, defaultType } = read(withStacks({ ...STACKS, weightOf: "allocated" }));
    expect(samples[0]?.values).toEqual([2, 100, 0, 0]);
    expect(defaultType).toBe("alloc_space");
  });

  test("bytes of all samples are those of the capture", () => {
    const capture = scenes.serverScene();
    const expected = capture.events
      .flatMap((event) => (event.type === "stacks" ? event.stacks.samples : []))
      .reduce((sum, { weight }) => sum + weight, 0);
    expect(read(capture).samples.reduce((sum, { values }) => sum + (values[3] ?? 0), 0)).toBe(expected);
  });

  test("a profile without stacks is still a profile", () => expect(read(captureOf({})).types).toHaveLength(4));
});

describe("JSON", () => {
  const schema = JSON.parse(readFileSync(new URL("../../../docs/schemas/profile.schema.json", import.meta.url), "utf8"));
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true, allErrors: true }).compile(
    schema,
  );
  const LEAK = {
    verdict: "growing",
    of: "x",
    slopeBytesPerSecond: 1.5,
    lowBytesPerSecond: -1,
    highBytesPerSecond: 3,
    secondsToLimit: 60,
    note: "n",
  } as const;
  const written = (capture: Capture) =>
    JSON.parse(
      JSON.stringify(
        profileDocument(buildModel(capture, { leak: LEAK, gates: [{ gate: "g", passed: false, detail: "d", lineBytes: 3 }] })),
      ),
    );

  test.each([
    ["a server", scenes.serverScene],
    ["one process", scenes.lonelyScene],
    ["make", scenes.makeScene],
    ["an mm job", scenes.jobScene],
    ["hostile names", scenes.hostileScene],
    ["a cut capture", scenes.cutScene],
    ["nothing", () => captureOf({})],
  ])("of %s fits the schema", (_name, scene) => {
    expect(validate(written(scene())) ? [] : validate.errors).toEqual([]);
  });

  test("the schema refuses what it does not know, and what is missing", () => {
    const document = written(scenes.lonelyScene());
    expect(validate({ ...document, surprise: 1 })).toBe(false);
    expect(validate({ ...document, peaks: { ...document.peaks, tree: {} } })).toBe(false);
    expect(validate({ ...document, schema: "mm.profile/2" })).toBe(false);
  });

  test("sampled stacks carry their error", () => {
    expect(written(withStacks(STACKS)).stacks).toEqual([
      {
        kind: "js",
        weightOf: "live",
        process: 0,
        thread: 0,
        bytes: 161,
        errorBytes: Math.round(Math.sqrt(161 * 1024)),
        count: 4,
        samplingBytes: 1024,
      },
    ]);
    const { samplingBytes: _, ...exact } = STACKS;
    expect(written(withStacks(exact)).stacks[0]).toMatchObject({ errorBytes: 0, samplingBytes: null });
  });

  test("a thinned timeline keeps the peak, the lowest and all layers of each moment", () => {
    const { timeline } = buildModel(scenes.makeScene());
    const thin = thinTimeline(timeline, 40);
    expect(thin.atMs.length).toBeLessThanOrEqual(40);
    expect(Math.max(...thin.usedBytes)).toBe(Math.max(...timeline.usedBytes));
    expect(Math.min(...thin.lowBytes)).toBe(Math.min(...timeline.usedBytes));
    const point = [...timeline.atMs].indexOf(thin.atMs[20] ?? -1);
    expect(thin.layers.process.map(({ bytes }) => bytes[20])).toEqual(timeline.layers.process.map(({ bytes }) => bytes[point]));
  });
});
