import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { indexMedia, type MediaIndex } from "../../../src/media/container/index.ts";
import { type Engine, findEngine } from "../../../src/media/engine/index.ts";
import { byteInput } from "../byte-input.ts";
import { runTool } from "../run-tool.ts";
import { decodedTicks, ticksFrom } from "./truth.ts";
import { ZOO } from "./zoo.ts";

const engine: Engine = await findEngine({ searchPath: process.env.PATH ?? "", run: runTool });
const folder = mkdtempSync(join(tmpdir(), "mm-zoo-"));
const pathOf = (name: string): string => join(folder, name);
const make = (name: string, args: readonly string[]): void => {
  const filled = args.map((arg) => arg.replace(/^\{(.*)\}$/, (_, other: string) => pathOf(other)));
  execFileSync(engine.path, ["-v", "error", "-nostdin", "-y", ...filled, pathOf(name)], { stdio: ["ignore", "ignore", "pipe"] });
};
const indexOf = (name: string): Promise<MediaIndex> =>
  indexMedia(byteInput(readFileSync(pathOf(name))), pathOf(name), { engine, run: runTool });

beforeAll(() => {
  for (const { name, args } of ZOO) make(name, args);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(ZOO)("$name: frames as decoded, and keyframes found where canSeek says so", async ({ name, canSeek, video: expected = {} }) => {
  const { video, canSeek: found } = await indexOf(name);
  const truth = decodedTicks(engine, pathOf(name), video.timeBase);
  expect([...video.ticks]).toEqual(truth);
  expect(video).toMatchObject(expected);
  expect(found).toBe(canSeek);
  // The keyframe in the middle of the file: from it on, every frame.
  const key = video.keySeekTicks[video.keySeekTicks.length >> 1];
  if (!found || key === undefined) return;
  expect(ticksFrom(engine, pathOf(name), video.timeBase, key)).toEqual(truth.filter((tick) => tick >= key));
});
