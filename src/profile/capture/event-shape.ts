/** Whether what a capture file holds as an event, a header or an end is one: anybody may have written the file. */
import { isCount, isListOf, isRecord, isText } from "../../base/index.ts";
import type { CaptureEnd, CaptureEvent, CaptureHeader, Frame, Owner, Stacks } from "./records.ts";

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isIndex = (value: unknown) => value === -1 || isCount(value);
/** Sums of as many as a file can hold are finite, too. */
const isAmount = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const isCountOrNull = (value: unknown) => value === null || isCount(value);
const isAmountOrNull = (value: unknown) => value === null || isAmount(value);
const isTexts = (value: unknown) => isListOf(value, isText);
const oneOf =
  (...words: readonly unknown[]) =>
  (value: unknown) =>
    words.includes(value);
const optional = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value);

function fits(value: unknown, shape: Shape): boolean {
  return isRecord(value) && Object.entries(shape).every(([key, is]) => is(value[key]));
}

const isFrame = (value: unknown): value is Frame => fits(value, { name: isText, file: optional(isText), line: optional(isAmount) });
const isOwner = (value: unknown): value is Owner => fits(value, { tag: isText, bytes: isAmount, peakBytes: isAmount });

function isStacks(value: unknown): value is Stacks {
  if (!isRecord(value) || !isListOf(value.frames, isFrame)) return false;
  const frameCount = value.frames.length;
  const isStack = (stack: unknown) => isListOf(stack, isCount) && stack.every((frame) => frame < frameCount);
  const isSample = (sample: unknown): sample is object => fits(sample, { stack: isStack, weight: isAmount, count: isAmount });
  return fits(value, {
    kind: oneOf("js", "native", "pool"),
    weightOf: oneOf("live", "allocated", "peak", "leaked"),
    samples: (samples) => isListOf(samples, isSample),
    samplingBytes: optional(isAmount),
  });
}

const EVENTS: { readonly [Type in CaptureEvent["type"]]: Shape } = {
  process: { process: isCount, pid: isCount, parent: isIndex, command: isTexts, name: isText },
  exec: { process: isCount, command: isTexts, name: isText },
  exit: { process: isCount, code: isCountOrNull, signal: isCountOrNull, highWaterBytes: isAmount },
  gc: {
    process: isIndex,
    thread: isCount,
    kind: oneOf("minor", "major", "incremental", "weakcb"),
    durationMs: isAmount,
    beforeBytes: isAmount,
    afterBytes: isAmount,
  },
  mark: { process: isIndex, name: isText },
  owners: { process: isIndex, phase: isText, owners: (value) => isListOf(value, isOwner) },
  stacks: { process: isIndex, thread: isCount, stacks: isStacks },
};

export function isCaptureEvent(value: unknown): value is CaptureEvent {
  if (!isRecord(value) || !isText(value.type) || !Object.hasOwn(EVENTS, value.type)) return false;
  return isAmount(value.atMs) && fits(value, EVENTS[value.type as CaptureEvent["type"]]);
}

export function isCaptureHeader(value: unknown): value is CaptureHeader {
  return fits(value, {
    schema: oneOf("mm.capture/1"),
    version: isText,
    startedAt: isText,
    command: isTexts,
    source: oneOf("run", "attach", "heaptrack", "massif"),
    intervalMs: isAmount,
    tracking: oneOf("cgroup", "descendants", "ptrace"),
    host: (host) => fits(host, { kernel: isText, cpus: isCount, memoryBytes: isAmount, cgroupVersion: oneOf(0, 1, 2) }),
    limitBytes: isAmount,
    unavailable: isTexts,
  });
}

export function isCaptureEnd(value: unknown): value is CaptureEnd {
  return fits(value, {
    atMs: isAmount,
    exitCode: isCountOrNull,
    signal: isCountOrNull,
    cgroupPeakBytes: isAmountOrNull,
    oomKills: isCount,
    ownCpuMs: isAmount,
    ownBytes: isAmount,
    missedTicks: isCount,
  });
}
