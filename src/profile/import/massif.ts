import { MalformedInputError } from "../../base/index.ts";
import type { Frame } from "../capture/index.ts";
import { linesOf } from "./lines.ts";
import type { ToolProfile } from "./tool-profile.ts";

const UNITS: Readonly<Record<string, ToolProfile["timeUnit"]>> = { i: "instructions", ms: "ms", B: "bytes" };
/** massif itself makes at most a thousand. */
const MOST_SNAPSHOTS = 100_000;
const MOST_NODES = 100_000;
/** Its --depth is 200 at most. */
const DEEPEST = 256;

/** A line of a snapshot's tree: what it holds, and how many of its callers follow. */
type Node = { readonly depth: number; readonly callers: number; readonly bytes: number; readonly frame: Frame };

type Sample = { readonly stack: readonly number[]; readonly weight: number; readonly count: number };

/**
 * Reads massif.out.<pid>: the heap over time, and who holds it where the file has its peak. massif counts no allocations: each path has one.
 *
 * Source: the manual of massif (valgrind 3.19), ms_print.
 *
 * @param name - for messages
 * @throws MalformedInputError with the line
 */
export async function readMassif(pieces: AsyncIterable<Uint8Array>, name: string): Promise<ToolProfile> {
  const reading = new Reading(name);
  for await (const line of linesOf(pieces, name)) reading.line(line);
  return reading.result();
}

class Reading {
  readonly #name: string;
  #lines = 0;
  #command = "";
  #unit: ToolProfile["timeUnit"] = "instructions";
  readonly #timeline = { atMs: [] as number[], heapBytes: [] as number[] };
  /** The tree that is being read, and that of the highest snapshot that had one. */
  #nodes: Node[] = [];
  #highest: { readonly bytes: number; readonly nodes: readonly Node[] } = { bytes: -1, nodes: [] };

  constructor(name: string) {
    this.#name = name;
  }

  line(line: string): void {
    this.#lines += 1;
    if (this.#lines === 1 && !line.startsWith("desc:")) throw this.#malformed("is no massif file");
    if (/^ *n\d+: /.test(line)) this.#addNode(line);
    else if (line.startsWith("cmd: ")) this.#command = line.slice(5);
    else if (line.startsWith("time_unit: ")) this.#unit = UNITS[line.slice(11)] ?? this.#unit;
    else if (line.startsWith("time=")) this.#begin(this.#number(line, "time="));
    else if (line.startsWith("mem_heap_B=")) this.#setBytes(this.#number(line, "mem_heap_B="));
    else if (line.startsWith("heap_tree=")) this.#nodes = [];
  }

  result(): ToolProfile {
    if (this.#lines === 0) throw this.#malformed("is empty");
    this.#endTree();
    const frames: Frame[] = [];
    const samples = samplesOf(this.#highest.nodes, frames);
    const peakBytes = this.#timeline.heapBytes.reduce((most, each) => Math.max(most, each), 0);
    const stacks = [{ kind: "native", weightOf: "peak", frames, samples } as const];
    return { command: this.#command, timeline: this.#timeline, timeUnit: this.#unit, stacks, peakBytes };
  }

  #begin(at: number): void {
    this.#endTree();
    const { atMs, heapBytes } = this.#timeline;
    if (atMs.length >= MOST_SNAPSHOTS) throw this.#malformed(`has more than ${MOST_SNAPSHOTS} snapshots`);
    if (at < (atMs.at(-1) ?? 0)) throw this.#malformed("goes back in time");
    atMs.push(at);
    heapBytes.push(0);
  }

  #setBytes(bytes: number): void {
    const { heapBytes } = this.#timeline;
    if (heapBytes.length === 0) throw this.#malformed("has figures outside of a snapshot");
    heapBytes[heapBytes.length - 1] = bytes;
  }

  #addNode(line: string): void {
    const [, indent = "", callers = "", bytes = "", text = ""] = /^( *)n(\d+): (\d+) ?(.*)$/.exec(line) ?? [];
    const depth = indent.length;
    const above = this.#nodes.at(-1);
    if (this.#nodes.length >= MOST_NODES || !Number.isSafeInteger(Number(bytes))) throw this.#malformed("is damaged");
    // The first is the top; what follows is one deeper than the last at most.
    if (above === undefined ? depth !== 0 : depth === 0 || depth > Math.min(above.depth + 1, DEEPEST))
      throw this.#malformed("has a tree with a part missing");
    this.#nodes.push({ depth, callers: Number(callers), bytes: Number(bytes), frame: frameOf(text) });
  }

  #endTree(): void {
    const bytes = this.#nodes[0]?.bytes ?? -1;
    if (bytes > this.#highest.bytes) this.#highest = { bytes, nodes: this.#nodes };
    this.#nodes = [];
  }

  #number(line: string, key: string): number {
    const number = Number(line.slice(key.length));
    if (line.length === key.length || !Number.isSafeInteger(number) || number < 0) throw this.#malformed("is damaged");
    return number;
  }

  #malformed(what: string): MalformedInputError {
    return new MalformedInputError(`${this.#name} ${what} (line ${this.#lines})`, {
      details: { line: this.#lines },
      hint: "ms_print <file>",
    });
  }
}

/** Below a function stand its callers, so a path from the top down is a stack from the inside out. */
function samplesOf(nodes: readonly Node[], frames: Frame[]): Sample[] {
  const indexes = new Map<string, number>();
  const samples: Sample[] = [];
  const path: number[] = [];
  for (const [at, { depth, bytes, frame }] of nodes.entries()) {
    if (depth === 0) continue;
    const key = `${frame.name}\n${frame.file}\n${frame.line}`;
    const index = indexes.get(key) ?? frames.push(frame) - 1;
    indexes.set(key, index);
    path.length = depth - 1;
    path.push(index);
    const weight = bytes - callersBytes(nodes, at);
    if (weight > 0) samples.push({ stack: path.toReversed(), weight, count: 1 });
  }
  return samples;
}

function callersBytes(nodes: readonly Node[], from: number): number {
  const { depth = 0, callers = 0 } = nodes[from] ?? {};
  let sum = 0;
  if (callers === 0) return sum;
  for (let at = from + 1; at < nodes.length; at++) {
    const node = nodes[at];
    if (node === undefined || node.depth <= depth) break;
    if (node.depth === depth + 1) sum += node.bytes;
  }
  return sum;
}

/** "0x1091F8: big (m.c:7)", "0x4E5: ??? (in /lib/x.so)", "in 5 places, all below massif's threshold (1.00%)". */
function frameOf(text: string): Frame {
  const found = /^0x[0-9A-F]+: (.*?)(?: \((?:in )?([^()]*?)(?::(\d+))?\))?$/.exec(text);
  if (found === null) return { name: text };
  const [, name = "", file, line] = found;
  return { name, ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line: Number(line) }) };
}
