import { lastOf, lowestOf, pickInstants } from "../instants.ts";
import type { Layer, ProfileModel, Timeline } from "../model.ts";

/** Enough to draw from, and small enough to read into anything. */
const POINTS = 600;

/** What `--json` prints of a profile, without what is judged of stacks: docs/schemas/profile.schema.json. */
export function profileDocument(model: ProfileModel): object {
  const { timeline, stacks, floors, collections, ...rest } = model;
  return {
    schema: "mm.profile/1",
    ...rest,
    timeline: timelineDocument(thinTimeline(timeline, POINTS)),
    heapFloors: floors.map(({ process, thread, atMs, bytes }) => ({ process, thread, atMs: [...atMs], bytes: [...bytes] })),
    collections: {
      count: collections.atMs.length,
      major: collections.isMajor.reduce((sum, isMajor) => sum + isMajor, 0),
      pauseMs: collections.durationMs.reduce((sum, durationMs) => sum + durationMs, 0),
    },
    stacks: stacks.map(({ kind, weightOf, process, thread, samples, samplingBytes }) => {
      const bytes = samples.reduce((sum, { weight }) => sum + weight, 0);
      const count = samples.reduce((sum, sample) => sum + sample.count, 0);
      // One standard deviation: the variance of a sampled figure is the figure times the mean distance of samples.
      const errorBytes = samplingBytes === undefined ? 0 : Math.round(Math.sqrt(samplingBytes * bytes));
      return { kind, weightOf, process, thread, bytes, errorBytes, count, samplingBytes: samplingBytes ?? null };
    }),
  };
}

/** The same timeline with fewer points, by the same rule: the highest of each stretch, all layers at that moment. */
export function thinTimeline(timeline: Timeline, points: number): Timeline {
  const { layers, ticks, ...columns } = timeline;
  const instants = pickInstants(timeline.atMs, timeline.usedBytes, points);
  const at = (column: Float64Array) => Float64Array.from(instants.rows, (row) => column[row] ?? 0);
  const thinned = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, at(column)])) as typeof columns;
  const layer = (each: Layer): Layer => ({ ...each, bytes: at(each.bytes) });
  return {
    ...thinned,
    ...{ lowBytes: lowestOf(instants, timeline.lowBytes), lastBytes: lastOf(instants, timeline.lastBytes) },
    layers: eachLayer(layers, layer),
    ticks,
  };
}

function timelineDocument({ layers, ticks, ...columns }: Timeline): object {
  const lists = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]]));
  const list = ({ key: _, bytes, ...layer }: Layer) => ({ ...layer, bytes: [...bytes] });
  return {
    ticks,
    ...lists,
    layers: eachLayer(layers, list),
  };
}

function eachLayer<Result>({ process, program, kind, owner }: Timeline["layers"], change: (layer: Layer) => Result) {
  return { process: process.map(change), program: program.map(change), kind: kind.map(change), owner: owner.map(change) };
}
