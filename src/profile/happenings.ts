import { printable } from "../base/index.ts";
import type { Capture, CaptureEvent } from "./capture/records.ts";
import type { Collections, HeapFloors, Mark, StackSet } from "./model.ts";

/** What happened at a moment, in order of time: phases and marks, and the comings and goings of processes. */
export function marksOf(events: readonly CaptureEvent[], nameOf: (process: number) => string): Mark[] {
  const marks: Mark[] = [];
  const phases = new Map<number, string>();
  for (const event of events) {
    const { process, atMs } = event;
    if (event.type === "mark") marks.push({ atMs, process, kind: "mark", name: printable(event.name) });
    else if (event.type === "process") marks.push({ atMs, process, kind: "start", name: nameOf(process) });
    else if (event.type === "exec") marks.push({ atMs, process, kind: "exec", name: nameOf(process) });
    else if (event.type === "exit") marks.push({ atMs, process, kind: "exit", name: nameOf(process) });
    else if (event.type === "owners" && phases.get(process) !== event.phase) {
      phases.set(process, event.phase);
      marks.push({ atMs, process, kind: "phase", name: printable(event.phase) });
    }
  }
  return marks.sort((a, b) => a.atMs - b.atMs);
}

type Collection = Extract<CaptureEvent, { type: "gc" }>;

function collectionsIn({ events }: Capture): Collection[] {
  return events.filter((event): event is Collection => event.type === "gc").sort((a, b) => a.atMs - b.atMs);
}

export function collectionsOf(capture: Capture): Collections {
  const all = collectionsIn(capture);
  return {
    atMs: Float64Array.from(all, ({ atMs }) => atMs),
    durationMs: Float64Array.from(all, ({ durationMs }) => durationMs),
    isMajor: Float64Array.from(all, ({ kind }) => (kind === "major" ? 1 : 0)),
    process: Float64Array.from(all, ({ process }) => process),
  };
}

export function floorsOf(capture: Capture): HeapFloors[] {
  const isolates = new Map<string, Collection[]>();
  for (const collection of collectionsIn(capture)) {
    if (collection.kind !== "major" || collection.afterBytes <= 0) continue;
    const key = `${collection.process} ${collection.thread}`;
    const known = isolates.get(key);
    if (known === undefined) isolates.set(key, [collection]);
    else known.push(collection);
  }
  return [...isolates.values()].map((all) => ({
    process: all[0]?.process ?? -1,
    thread: all[0]?.thread ?? 0,
    atMs: Float64Array.from(all, ({ atMs }) => atMs),
    bytes: Float64Array.from(all, ({ afterBytes }) => afterBytes),
  }));
}

/** The last word of each process and thread about each kind of stack. */
export function stacksOf(events: readonly CaptureEvent[]): StackSet[] {
  const latest = new Map<string, StackSet>();
  for (const event of events) {
    if (event.type !== "stacks") continue;
    const { process, thread, atMs, stacks } = event;
    const frames = stacks.frames.map((frame) => ({
      name: printable(frame.name),
      ...(frame.file === undefined ? {} : { file: printable(frame.file) }),
      ...(frame.line === undefined ? {} : { line: frame.line }),
    }));
    latest.set(`${process} ${thread} ${stacks.kind} ${stacks.weightOf}`, { ...stacks, process, thread, atMs, frames });
  }
  return [...latest.values()].filter(({ samples }) => samples.length > 0);
}
