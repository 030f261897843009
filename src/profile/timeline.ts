import type { Capture } from "./capture/records.ts";
import { type Instants, lastOf, lowestOf, pickInstants } from "./instants.ts";
import { addKinds, KINDS, noKinds } from "./kinds.ts";
import { entriesOf, type Names, type Snapshot, stackedLayers } from "./layers.ts";
import type { Timeline } from "./model.ts";
import { Rates } from "./rates.ts";
import { type ProcessState, TreeWalk, usedNowBytes } from "./tree-walk.ts";

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

/** Walks once over a capture. */
export function walkTimeline(capture: Capture, points: number, names: Names): TimelineWalk {
  const { tree } = capture.tables;
  const instants = pickInstants(tree.atMs, tree.usedBytes, points);
  const columns = emptyColumns(instants);
  const kinds = KINDS.map((kind) => ({ kind, bytes: new Float64Array(instants.rows.length) }));
  const snapshots: Snapshot[] = [];
  const walk = new TreeWalk(capture);
  const highest = { pageTableBytes: 0, swapBytes: 0 };
  const rates = new Rates(columns);

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

    const stalls = { someMicros: tree.someStallMicros[row] ?? 0, fullMicros: tree.fullStallMicros[row] ?? 0 };
    rates.add(point, { atMs, cpuMs: walk.cpuMs, minorFaults: walk.minorFaults, majorFaults: walk.majorFaults, ...stalls });
  }
  walk.finish();

  const peakPoint = indexOfHighest(columns.usedBytes);
  const peakHeld = [...entriesOf(snapshots[peakPoint])].sort((a, b) => b[1] - a[1]);
  const layers = stackedLayers(
    snapshots,
    kinds.map(({ kind, bytes }) => ({ ...kind, process: -1, bytes })),
    columns.usedBytes,
    names,
  );
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
