import { printable } from "../base/index.ts";
import type { Layer, LayerKind } from "./model.ts";

/** Processes with a layer of their own; those that held less are one layer together. */
const MOST_PROCESSES = 64;
/** Programs, and owners of a ledger, with a layer of their own. */
const MOST_NAMES = 12;
/** A rest smaller than this share of the highest point is noise of rounding. */
const REST_SHARE = 0.005;

/** What each process held at a point, and what each owner of a ledger: in typed arrays, as there may be hundreds at thousands of points. */
export type Snapshot = { readonly processes: Uint32Array; readonly bytes: Float64Array; readonly owners: ReadonlyMap<string, number> };

/** How processes are called in a picture: each by itself, and the program it runs. */
export type Names = { readonly labelOf: (process: number) => string; readonly programOf: (process: number) => string };

/** The layers of every way to stack; kinds that never held anything are left out. */
export function stackedLayers(
  snapshots: readonly Snapshot[],
  kinds: readonly Layer[],
  usedBytes: Float64Array,
  names: Names,
): Readonly<Record<LayerKind, readonly Layer[]>> {
  const programs = programLayers(snapshots, names.programOf);
  return {
    process: withRest(processLayers(snapshots, names.labelOf), usedBytes),
    program: programs.length === 0 ? [] : withRest(programs, usedBytes),
    kind: withRest(
      kinds.filter(({ bytes }) => bytes.some((value) => value > 0)),
      usedBytes,
    ),
    owner: ownerLayers(snapshots),
  };
}

export function* entriesOf(snapshot: Snapshot | undefined): Generator<readonly [process: number, bytes: number]> {
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
function withRest(layers: readonly Layer[], usedBytes: Float64Array): readonly Layer[] {
  const counted = layers.filter(({ isCounted }) => isCounted);
  const bytes = usedBytes.map((used, point) => Math.max(0, used - counted.reduce((sum, layer) => sum + (layer.bytes[point] ?? 0), 0)));
  const highestBytes = usedBytes.reduce((highest, used) => Math.max(highest, used), 0);
  if (!bytes.some((value) => value > highestBytes * REST_SHARE)) return layers;
  const rest: Layer = { key: "rest", label: "not attributed", process: -1, isCounted: true, bytes };
  return [...counted, rest, ...layers.filter(({ isCounted }) => !isCounted)];
}
