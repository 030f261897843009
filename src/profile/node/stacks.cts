/** The call paths of what is alive in this isolate's heap, from V8's sampling heap profiler, in a file that is replaced now and then. */

const { openSync, writeSync, closeSync, renameSync } = require("node:fs") as typeof import("node:fs");
const { Session } = require("node:inspector") as typeof import("node:inspector");

type CallNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children: readonly CallNode[];
};
type Profile = { readonly head: CallNode; readonly samples: readonly { readonly size: number; readonly nodeId: number }[] };

/** The file is written at most this often, and takes this share of the time at most. */
const LEAST_BETWEEN_MS = 2000;
const WRITING_SHARE = 0.01;
/** A heap that has grown by so much beyond the highest that was written is written at once: the program may be about to run out of it. */
const GROWN = 1.25;
/** Of the heap's limit; below it the program is not. */
const LEAST_FILLED = 1 / 16;
/** What holds less than this share of the most that was written does not replace it: at its end a program lets go of all it has. */
const LEAST_KEPT = 0.75;
/** Beyond this V8's rounding of a sample's weight is below one in a hundred, as often up as down. */
const MOST_ROUNDED = 64;

class Stacks {
  readonly #session = new Session();
  readonly #samplingBytes: number;
  readonly #path: string;
  readonly #nowMs: () => number;
  #dueMs: number;
  /** Of what is in the file. */
  #writtenBytes = 0;
  /** Starts where growth begins to matter. */
  #highestBytes: number;

  /** Without objects that a collection has taken: what is alive is what fills the memory. */
  constructor(samplingBytes: number, path: string, nowMs: () => number, heapLimitBytes: number) {
    this.#samplingBytes = samplingBytes;
    this.#path = path;
    this.#nowMs = nowMs;
    this.#dueMs = nowMs() + LEAST_BETWEEN_MS;
    this.#highestBytes = LEAST_FILLED * heapLimitBytes;
    this.#session.connect();
    this.#session.post("HeapProfiler.startSampling", { samplingInterval: samplingBytes });
  }

  /** Writes when it is time, and when the heap has grown: a program that is killed leaves what was written last. */
  tick(heapBytes: number): void {
    const hasGrown = heapBytes > GROWN * this.#highestBytes;
    if (hasGrown) this.#highestBytes = heapBytes;
    if (hasGrown || this.#nowMs() >= this.#dueMs) this.write();
  }

  write(): void {
    const startMs = this.#nowMs();
    this.#session.post("HeapProfiler.getSamplingProfile", (error, answer) => {
      if (error !== null) return;
      const flattened = this.#flattened(answer.profile as unknown as Profile);
      const aliveBytes = flattened.paths.reduce((sum, [, , bytes]) => sum + bytes, 0);
      if (aliveBytes < LEAST_KEPT * this.#writtenBytes) return;
      this.#writtenBytes = Math.max(this.#writtenBytes, aliveBytes);
      replace(this.#path, JSON.stringify(flattened));
    });
    const endMs = this.#nowMs();
    this.#dueMs = endMs + Math.max(LEAST_BETWEEN_MS, (endMs - startMs) / WRITING_SHARE);
  }

  /** frames: [name, file, line]. paths: [index of the caller's path or -1, frame, bytes, samples], callers first. */
  #flattened({ head, samples }: Profile) {
    const own = new Map<number, { bytes: number; samples: number }>();
    for (const { size, nodeId } of samples) {
      const sum = own.get(nodeId) ?? { bytes: 0, samples: 0 };
      own.set(nodeId, { bytes: sum.bytes + unbiased(size, this.#samplingBytes), samples: sum.samples + 1 });
    }
    const frames: [string, string, number][] = [];
    const frameIndexes = new Map<string, number>();
    const paths: [number, number, number, number][] = [];
    const waiting = head.children.map((node) => ({ node, caller: -1 }));
    for (let at = 0; at < waiting.length; at++) {
      const { node, caller } = waiting[at] as (typeof waiting)[number];
      const { functionName, url, lineNumber } = node.callFrame;
      const key = `${functionName}\n${url}\n${lineNumber}`;
      const frame = frameIndexes.get(key) ?? frames.push([functionName, url, lineNumber + 1]) - 1;
      frameIndexes.set(key, frame);
      const { bytes, samples: count } = own.get(node.id) ?? { bytes: 0, samples: 0 };
      const index = paths.push([caller, frame, Math.round(bytes), count]) - 1;
      for (const child of node.children) waiting.push({ node: child, caller: index });
    }
    return { version: 1, atMs: this.#nowMs(), samplingBytes: this.#samplingBytes, frames, paths };
  }
}

/**
 * What a sampled object stands for: its size z over the chance 1 - e^(-z/r) that it is sampled. V8 gives z times that factor rounded to a whole
 * number, which for objects of a megabyte at 512 KiB is a seventh too little. z is found again by trying whole numbers. Sizes are multiples of
 * 8, so a wrong factor fits about once in `factor` times: of several that fit, the mean with that weight is taken.
 *
 * Source: SamplingHeapProfiler::ScaleSample of V8.
 */
function unbiased(weightedBytes: number, samplingBytes: number): number {
  let sum = 0;
  let weights = 0;
  for (let factor = 1; factor <= MOST_ROUNDED; factor++) {
    const size = weightedBytes / factor;
    const scale = 1 / -Math.expm1(-size / samplingBytes);
    if (size % 8 !== 0 || Math.floor(scale + 0.5) !== factor) continue;
    sum += factor * size * scale;
    weights += factor;
  }
  return weights === 0 ? weightedBytes : sum / weights;
}

/** By rename, so that the file is whole whenever it is read. */
function replace(path: string, text: string): void {
  const fd = openSync(`${path}.part`, "w", 0o600);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.part`, path);
}

export type StacksClass = typeof Stacks;
module.exports = { Stacks, unbiased };
