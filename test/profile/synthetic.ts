import { basename } from "node:path";
import type { Capture, CaptureEnd, CaptureEvent, CaptureHeader, Stacks, Table, TableName } from "../../src/profile/capture/records.ts";
import { TABLES } from "../../src/profile/capture/records.ts";

export const MIB = 1024 * 1024;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const HEADER: CaptureHeader = {
  schema: "mm.capture/1",
  version: "0.1.0",
  startedAt: "2026-03-04T10:20:30.000Z",
  command: ["node", "server.js", "--port", "8080"],
  source: "run",
  intervalMs: 50,
  tracking: "descendants",
  host: { kernel: "6.8.0", cpus: 8, memoryBytes: 16 * 1024 * MIB, cgroupVersion: 2 },
  limitBytes: 2048 * MIB,
  unavailable: [],
};

const END: CaptureEnd = {
  ...{ atMs: 0, exitCode: 0, signal: null, cgroupPeakBytes: null, oomKills: 0 },
  ...{ ownCpuMs: 12, ownBytes: 9 * MIB, missedTicks: 0 },
};

/** A table from rows that name only what matters; other columns are 0. */
function table<Name extends TableName>(name: Name, rows: readonly Readonly<Record<string, number>>[]): Table<Name> {
  const columns = TABLES[name].map((column) => [column, Float64Array.from(rows, (row) => row[column] ?? 0)]);
  return Object.fromEntries(columns) as Table<Name>;
}

export type Row = Readonly<Record<string, number>>;

export type Parts = {
  readonly [Name in TableName]?: readonly Row[];
} & {
  readonly header?: Partial<CaptureHeader>;
  readonly end?: Partial<CaptureEnd> | null;
  readonly events?: readonly CaptureEvent[];
  readonly damagedBytes?: number;
};

/** A capture of the rows given; it ends with its last tick unless `end` says otherwise. null: it was cut off. */
export function captureOf(parts: Parts): Capture {
  const lastMs = parts.tree?.at(-1)?.atMs ?? 0;
  return {
    header: { ...HEADER, ...parts.header },
    tables: {
      tree: table("tree", parts.tree ?? []),
      resident: table("resident", parts.resident ?? []),
      measured: table("measured", parts.measured ?? []),
      isolate: table("isolate", parts.isolate ?? []),
      job: table("job", parts.job ?? []),
    },
    events: parts.events ?? [],
    end: parts.end === null ? undefined : { ...END, atMs: lastMs, ...parts.end },
    damagedBytes: parts.damagedBytes ?? 0,
  };
}

export function started(process: number, pid: number, parent: number, atMs: number, ...command: string[]): CaptureEvent {
  return { type: "process", process, pid, parent, atMs, command, name: basename(command[0] ?? "").slice(0, 15) };
}

export function ended(process: number, atMs: number, code = 0, highWaterBytes = 0, signal: number | null = null): CaptureEvent {
  return { type: "exit", process, atMs, code: signal === null ? code : null, signal, highWaterBytes };
}

/** Anonymous bytes of a process at a time; 0 outside its life. */
type Shape = (atMs: number) => number;

export type Actor = {
  readonly pid: number;
  readonly parent: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly command: readonly string[];
  readonly anonBytes: Shape;
  readonly sharedBytes?: number;
  readonly fileBytes?: number;
  readonly swapBytes?: number;
  readonly pageTableBytes?: number;
  readonly isNode?: boolean;
  readonly exit?: { readonly code: number | null; readonly signal: number | null };
};

export type Play = {
  readonly durationMs: number;
  readonly intervalMs?: number;
  /** Every how many ticks smaps_rollup is read. */
  readonly measureEvery?: number;
  readonly seed?: number;
  readonly cgroup?: boolean;
  readonly stallAt?: (atMs: number) => number;
};

/** A run as the sampler would see it: the same shape and seed give the same capture. Shared memory is one segment that all sharers map. */
export function played(actors: readonly Actor[], play: Play, parts: Parts = {}): Capture {
  const random = seeded(play.seed ?? 1);
  const intervalMs = play.intervalMs ?? 50;
  const measureEvery = play.measureEvery ?? 5;
  const rows = { tree: [] as Row[], resident: [] as Row[], measured: [] as Row[], isolate: [] as Row[] };
  const events: CaptureEvent[] = [];
  const cpu = actors.map(() => 0);
  const faults = actors.map(() => 0);
  const highest = actors.map(() => 0);
  const waiting = [...actors.entries()].sort(([, a], [, b]) => a.startMs - b.startMs);
  let alive: [number, Actor][] = [];
  let stallMicros = 0;
  for (const [process, actor] of actors.entries()) events.push(started(process, actor.pid, actor.parent, actor.startMs, ...actor.command));
  for (let tick = 0, atMs = 0; atMs <= play.durationMs; tick += 1, atMs = tick * intervalMs) {
    for (; (waiting[0]?.[1].startMs ?? Number.POSITIVE_INFINITY) <= atMs; waiting.shift()) alive.push(waiting[0] as [number, Actor]);
    alive = alive.filter(([, actor]) => atMs < actor.endMs).sort(([a], [b]) => a - b);
    const isMeasured = tick % measureEvery === 0 ? 1 : 0;
    const sharers = alive.filter(([, actor]) => (actor.sharedBytes ?? 0) > 0).length;
    const sum = { used: 0, file: 0 };
    for (const [process, actor] of alive) {
      const anonBytes = Math.max(0, Math.round(actor.anonBytes(atMs) * (1 + 0.004 * (random() - 0.5))));
      const { sharedBytes = 0, fileBytes = 8 * MIB, swapBytes = 0, pageTableBytes = 256 * 1024 } = actor;
      const residentBytes = anonBytes + sharedBytes + fileBytes;
      highest[process] = Math.max(highest[process] ?? 0, residentBytes);
      cpu[process] = (cpu[process] ?? 0) + intervalMs * (0.2 + 0.7 * random());
      faults[process] = (faults[process] ?? 0) + Math.round(500 * random());
      sum.used += anonBytes + sharedBytes / Math.max(1, sharers) + swapBytes;
      sum.file += fileBytes;
      rows.resident.push({
        ...{ atMs, process, residentBytes, sharedBytes: sharedBytes + fileBytes, cpuMs: Math.round(cpu[process] ?? 0) },
        ...{ minorFaults: faults[process] ?? 0, majorFaults: Math.round((faults[process] ?? 0) / 200) },
      });
      if (isMeasured === 1) {
        rows.measured.push({
          ...{ atMs, process, residentBytes, anonBytes, pssAnonBytes: anonBytes, pssFileBytes: fileBytes, privateBytes: anonBytes },
          ...{ pssSharedBytes: sharedBytes / Math.max(1, sharers), pssBytes: residentBytes, swapBytes, swapPssBytes: swapBytes },
          ...{ highWaterBytes: highest[process] ?? 0, pageTableBytes, threads: 4 },
        });
      }
      if (actor.isNode === true && tick % 2 === 0) {
        const heapUsedBytes = Math.round(anonBytes * (0.45 + 0.1 * random()));
        rows.isolate.push({
          ...{ atMs, process, thread: 0, heapUsedBytes, heapTotalBytes: Math.round(anonBytes * 0.6), heapLimitBytes: 4096 * MIB },
          ...{ externalBytes: Math.round(anonBytes * 0.2), arrayBuffersBytes: Math.round(anonBytes * 0.15) },
          ...{ newSpaceBytes: Math.round(anonBytes * 0.08), oldSpaceBytes: Math.round(anonBytes * 0.4) },
          ...{ largeObjectBytes: Math.round(anonBytes * 0.07), codeSpaceBytes: Math.round(anonBytes * 0.02) },
        });
        if (tick % 20 === 10) {
          const kind = tick % 100 === 50 ? "major" : "minor";
          const gc = { durationMs: kind === "major" ? 8 : 1.2, beforeBytes: heapUsedBytes, afterBytes: Math.round(heapUsedBytes * 0.8) };
          events.push({ type: "gc", process, thread: 0, atMs, kind, ...gc });
        }
      }
    }
    const usedBytes = Math.round(sum.used);
    stallMicros += (play.stallAt?.(atMs) ?? 0) * intervalMs * 1000;
    rows.tree.push({
      ...{ atMs, usedBytes, isMeasured, fileBytes: sum.file, processes: alive.length },
      ...(play.cgroup === true ? { cgroupBytes: usedBytes + sum.file, cgroupAnonBytes: usedBytes } : {}),
      ...{ someStallMicros: Math.round(stallMicros), fullStallMicros: Math.round(stallMicros / 3) },
    });
  }
  for (const [process, { endMs, exit }] of actors.entries()) {
    if (endMs <= play.durationMs) events.push(ended(process, endMs, exit?.code ?? 0, highest[process] ?? 0, exit?.signal ?? null));
  }
  return captureOf({ ...rows, ...parts, events: [...events, ...(parts.events ?? [])].sort((a, b) => a.atMs - b.atMs) });
}

/** Call paths as a program of some size has them. */
export function stacksFrom(seed: number, kind: Stacks["kind"], names: readonly string[], samplingBytes?: number): Stacks {
  const random = seeded(seed);
  const frames = names.map((name, index) => ({ name, file: `/srv/app/src/${name.split(".")[0]}.js`, line: 10 + index }));
  const samples = Array.from({ length: 160 }, () => {
    const depth = 3 + Math.floor(random() * 9);
    let at = Math.floor(random() * 3);
    const stack = Array.from({ length: depth }, () => {
      at = (at * 3 + 1 + Math.floor(random() * 3)) % frames.length;
      return at;
    });
    return { stack, weight: Math.round(MIB * random() ** 4 * 12) + 1024, count: 1 + Math.floor(random() * 40) };
  });
  return { kind, weightOf: "live", frames, samples, ...(samplingBytes === undefined ? {} : { samplingBytes }) };
}
