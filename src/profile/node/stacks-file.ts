import { isCount, isListOf, isText, parseObject } from "../../base/index.ts";
import type { Frame, Stacks } from "../capture/index.ts";

type FileFrame = [name: string, file: string, line: number];
type FilePath = [caller: number, frame: number, bytes: number, samples: number];

/** Deeper than V8 looks. */
const DEEPEST = 512;
const MOST_PATHS = 200_000;
/** Of all paths together: as each is a list of its own, they take eight bytes each. */
const MOST_FRAMES_IN_ALL = 8_000_000;

/** What stacks.cts wrote, or anybody else: undefined for what is not of its form. */
export function readStacks(text: string): { readonly atMs: number; readonly stacks: Stacks } | undefined {
  const { atMs, samplingBytes, frames, paths } = parseObject(text) ?? {};
  if (typeof atMs !== "number" || !Number.isFinite(atMs) || !isCount(samplingBytes)) return undefined;
  if (!isListOf(frames, isFrame) || !isListOf(paths, isPath) || paths.length > MOST_PATHS) return undefined;
  const samples: { stack: readonly number[]; weight: number; count: number }[] = [];
  const depths: number[] = [];
  let framesInAll = 0;
  for (const [index, [caller, frame, weight, count]] of paths.entries()) {
    const depth = caller === -1 ? 1 : (depths[caller] ?? DEEPEST) + 1;
    if (caller >= index || depth > DEEPEST || frame >= frames.length) return undefined;
    depths.push(depth);
    framesInAll += count > 0 ? depth : 0;
    if (framesInAll > MOST_FRAMES_IN_ALL) return undefined;
    if (count > 0) samples.push({ stack: stackOf(paths, index), weight, count });
  }
  return { atMs, stacks: { kind: "js", weightOf: "live", frames: frames.map(toFrame), samples, samplingBytes } };
}

function stackOf(paths: readonly FilePath[], from: number): number[] {
  const stack: number[] = [];
  for (let path = paths[from]; path !== undefined; path = paths[path[0]]) stack.push(path[1]);
  return stack.reverse();
}

function toFrame([name, file, line]: FileFrame): Frame {
  return { name: name === "" ? "(anonymous)" : name, ...(file === "" ? {} : { file }), ...(line > 0 ? { line } : {}) };
}

function isFrame(value: unknown): value is FileFrame {
  return Array.isArray(value) && value.length === 3 && isText(value[0]) && isText(value[1]) && isCount(value[2]);
}

function isPath(value: unknown): value is FilePath {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [caller, ...counts]: unknown[] = value;
  return (caller === -1 || isCount(caller)) && counts.every(isCount);
}
