import { printable } from "../base/index.ts";
import type { Capture } from "./capture/records.ts";
import { type Instants, lastOf, lowestOf, pickInstants } from "./instants.ts";
import { addKinds, KINDS, noKinds } from "./kinds.ts";
import type { Layer, Timeline } from "./model.ts";
import { type ProcessState, TreeWalk, usedNowBytes } from "./tree-walk.ts";

/** Processes with a layer of their own; those that held less are one layer together. */
const MOST_PROCESSES = 64;
/** Programs, and owners of a ledger, with a layer of their own. */
const MOST_NAMES = 12;
/** A rest smaller than this share of the highest point is noise of rounding. */
const REST_SHARE = 0.005;

/** What each process held at a point, and what each owner of a ledger: in typed arrays, as there may be hundreds at thousands of points. */
type Snapshot = { readonly processes: Uint32Array; readonly bytes: Float64Array; readonly owners: ReadonlyMap<string, number> };

/** What a walk along the points learns beside the timeline. */
export type TimelineWalk = {
  readonly timeline: Timeline;
  /** By process, as they were last known. */
  readonly states: readonly (ProcessState | undefined)[];
  /** Highest sums at any point: bytes of page tables and of swap. */
  readonly highest: { readonly pageTableBytes: number; readonly swapBytes: number };
  /** At the highest point: bytes by process, most first. */
  readonly peakHeld: readonly (readonly [process: number, bytes: number])[];
  /** Of the highest point; -1 where there is no tick. */
  readonly peakPoint: number;
};

/** How processes are called in a picture: each by itself, and the program it runs. */
export type Names = { readonly labelOf: (process: number) => string; readonly programOf: (process: number) => string };

/** Walks once over a capture. */
export function walkTimeline(capture: Capture, points: number, names: Names): TimelineWalk {
  const { tree } = capture.tables;
  const instants = pickInstants(tree.atMs, tree.usedBytes, points);
  const columns = emptyColumns(instants);
  const kinds = KINDS.map((kind) => ({ kind, bytes: new Float64Array(instants.rows.length) }));
  const snapshots: Snapshot[] = [];
  const walk = new TreeWalk(capture);
  const highest = { pageTableBytes: 0, swapBytes: 0 };
  const before = { atMs: 0, cpuMs: 0, minor: 0, major: 0, some: 0, full: 0 };

  for (const [point, row] of instants.rows.entries()) {
    const atMs = tree.atMs[row] ?? 0;
    const usedBytes = tree.usedBytes[row] ?? 0;
    walk.advance(atMs);
    columns.atMs[point] = atMs;
    columns.usedBytes[point] = usedBytes;
    columns.isMeasured[point] = tree.isMeasured[row] ?? 0;
    columns.processes[point] = tree.processes[row] ?? 0;
    columns.cgroupBytes[point] = tree.cgroupBytes[row] ?? 0;

    const sum = noKinds();
    const [processes, held]: [number[], number[]] = [[], []];
    const owners = new Map<string, number>();
    let [residentBytes, onceBytes, sumBytes] = [0, 0, 0];
    for (const process of walk.alive) {
      const state = walk.states[process];
      if (state === undefined) continue;
      const bytes = usedNowBytes(state);
      processes.push(process);
      held.push(bytes);
      sumBytes += bytes;
      residentBytes += state.residentBytes;
      // Of one that was never measured nobody knows what it shares.
      const isUnknown = Number.isNaN(state.anonAtMeasureBytes);
      onceBytes += isUnknown ? state.residentBytes : bytes - state.swapBytes - state.hugeBytes + state.pssFileBytes;
      addKinds(sum, state, capture.tables);
      for (const { tag, bytes } of state.owners) owners.set(tag, (owners.get(tag) ?? 0) + bytes);
    }
    columns.residentSumBytes[point] = residentBytes;
    columns.proportionalSumBytes[point] = Math.round(onceBytes);
    highest.pageTableBytes = Math.max(highest.pageTableBytes, sum.pageTables);
    highest.swapBytes = Math.max(highest.swapBytes, sum.swap);
    // Between two measurements each process is estimated by itself: together they never stand higher than the tree's own figure.
    const fit = sumBytes > usedBytes && sumBytes > 0 ? usedBytes / sumBytes : 1;
    snapshots.push({ processes: Uint32Array.from(processes), bytes: Float64Array.from(held, (bytes) => Math.round(bytes * fit)), owners });
    for (const { kind, bytes } of kinds) bytes[point] = Math.round(sum[kind.key] * (kind.isCounted ? fit : 1));

    // Nothing is known of the time before the first point.
    const seconds = point === 0 ? Number.POSITIVE_INFINITY : Math.max(1e-6, (atMs - before.atMs) / 1000);
    const now = {
      ...{ atMs, cpuMs: walk.cpuMs, minor: walk.minorFaults, major: walk.majorFaults },
      ...{ some: tree.someStallMicros[row] ?? 0, full: tree.fullStallMicros[row] ?? 0 },
    };
    columns.cpuCores[point] = (now.cpuMs - before.cpuMs) / 1000 / seconds;
    columns.minorFaultsPerSecond[point] = (now.minor - before.minor) / seconds;
    columns.majorFaultsPerSecond[point] = (now.major - before.major) / seconds;
    columns.someStallShare[point] = Math.min(1, Math.max(0, now.some - before.some) / 1e6 / seconds);
    columns.fullStallShare[point] = Math.min(1, Math.max(0, now.full - before.full) / 1e6 / seconds);
    Object.assign(before, now);
  }
  walk.finish();

  const peakPoint = indexOfHighest(columns.usedBytes);
  const peakHeld = [...entriesOf(snapshots[peakPoint])].sort((a, b) => b[1] - a[1]);
  const highestBytes = columns.usedBytes[peakPoint] ?? 0;
  const layers = {
    process: withRest(processLayers(snapshots, names.labelOf), columns.usedBytes, highestBytes),
    program: withRest(programLayers(snapshots, names.programOf), columns.usedBytes, highestBytes),
    kind: withRest(
      kinds.map(({ kind, bytes }): Layer => ({ ...kind, process: -1, bytes })).filter(({ bytes }) => bytes.some((value) => value > 0)),
      columns.usedBytes,
      highestBytes,
    ),
    owner: ownerLayers(snapshots),
  };
  const timeline = {
    ...columns,
    lowBytes: lowestOf(instants, tree.usedBytes),
    lastBytes: lastOf(instants, tree.usedBytes),
    layers,
    ticks: tree.atMs.length,
  };
  return { timeline, states: walk.states, highest, peakHeld, peakPoint };
}

function emptyColumns({ rows }: Instants) {
  const column = () => new Float64Array(rows.length);
  return {
    ...{ atMs: column(), usedBytes: column(), isMeasured: column(), processes: column(), cgroupBytes: column() },
    ...{ residentSumBytes: column(), proportionalSumBytes: column(), cpuCores: column() },
    ...{ minorFaultsPerSecond: column(), majorFaultsPerSecond: column(), someStallShare: column(), fullStallShare: column() },
  };
}

/** -1 where there is none; the first of equals. */
function indexOfHighest(values: Float64Array): number {
  let highest = -1;
  for (const [index, value] of values.entries()) if (highest < 0 || value > (values[highest] ?? 0)) highest = index;
  return highest;
}

function* entriesOf(snapshot: Snapshot | undefined): Generator<readonly [process: number, bytes: number]> {
  for (const [index, process] of (snapshot?.processes ?? []).entries()) yield [process, snapshot?.bytes[index] ?? 0];
}

function processLayers(snapshots: readonly Snapshot[], nameOf: (process: number) => string): Layer[] {
  const peaks = new Map<number, number>();
  for (const snapshot of snapshots)
    for (const [process, bytes] of entriesOf(snapshot)) peaks.set(process, Math.max(peaks.get(process) ?? 0, bytes));
  const ranked = [...peaks].filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]);
  const own = ranked.slice(0, MOST_PROCESSES);
  const layers = own.map(
    ([process]): Layer => ({
      key: `p${process}`,
      label: nameOf(process),
      process,
      isCounted: true,
      bytes: new Float64Array(snapshots.length),
    }),
  );
  const place = new Map(own.map(([process], index) => [process, layers[index]]));
  const others: Layer = {
    ...{ key: "others", label: `${ranked.length - own.length} smaller processes`, process: -1, isCounted: true },
    bytes: new Float64Array(snapshots.length),
  };
  for (const [point, snapshot] of snapshots.entries()) {
    for (const [process, bytes] of entriesOf(snapshot)) {
      const layer = place.get(process) ?? others;
      layer.bytes[point] = (layer.bytes[point] ?? 0) + bytes;
    }
  }
  return ranked.length > own.length ? [...layers, others] : layers;
}

/** Empty where each process runs a program of its own: the picture would be that of the processes. */
function programLayers(snapshots: readonly Snapshot[], programOf: (process: number) => string): Layer[] {
  const members = new Map<string, Set<number>>();
  const sums = snapshots.map((snapshot) => {
    const sum = new Map<string, number>();
    for (const [process, bytes] of entriesOf(snapshot)) {
      const program = programOf(process);
      sum.set(program, (sum.get(program) ?? 0) + bytes);
      const known = members.get(program);
      if (known === undefined) members.set(program, new Set([process]));
      else known.add(process);
    }
    return sum;
  });
  if ([...members.values()].every(({ size }) => size === 1)) return [];
  return namedLayers(sums, (program) => {
    const count = members.get(program)?.size ?? 0;
    return count > 1 ? `${program} × ${count}` : program;
  });
}

function ownerLayers(snapshots: readonly Snapshot[]): Layer[] {
  return namedLayers(
    snapshots.map(({ owners }) => owners),
    printable,
  );
}

/** A layer for each of the names that held most, and one for the others. */
function namedLayers(sums: readonly ReadonlyMap<string, number>[], labelOf: (name: string) => string): Layer[] {
  const peaks = new Map<string, number>();
  for (const sum of sums) for (const [name, bytes] of sum) peaks.set(name, Math.max(peaks.get(name) ?? 0, bytes));
  const ranked = [...peaks].filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]);
  const layer = (key: string, label: string, names: readonly string[]): Layer => ({
    ...{ key, label, process: -1, isCounted: true },
    bytes: Float64Array.from(sums, (sum) => names.reduce((total, name) => total + (sum.get(name) ?? 0), 0)),
  });
  const layers = ranked.slice(0, MOST_NAMES).map(([name]) => layer(`n${name}`, labelOf(name), [name]));
  const rest = ranked.slice(MOST_NAMES).map(([name]) => name);
  return rest.length === 0 ? layers : [...layers, layer("others", `${rest.length} smaller ones`, rest)];
}

/** Adds what the tree held and no layer explains, where that is worth a colour. */
function withRest(layers: readonly Layer[], usedBytes: Float64Array, highestBytes: number): readonly Layer[] {
  const counted = layers.filter(({ isCounted }) => isCounted);
  const bytes = usedBytes.map((used, point) => Math.max(0, used - counted.reduce((sum, layer) => sum + (layer.bytes[point] ?? 0), 0)));
  if (!bytes.some((value) => value > highestBytes * REST_SHARE)) return layers;
  const rest: Layer = { key: "rest", label: "not attributed", process: -1, isCounted: true, bytes };
  return [...counted, rest, ...layers.filter(({ isCounted }) => !isCounted)];
}
