import { gzipSync } from "node:zlib";
import { Label, Line, Location, Function as PprofFunction, Profile, Sample, StringTable, ValueType } from "pprof-format";
import type { Frame } from "../capture/index.ts";
import type { ProfileModel, StackSet } from "../model.ts";

/** In the order of Go's heap profiles, which every viewer knows. */
const TYPES = [
  ["alloc_objects", "count"],
  ["alloc_space", "bytes"],
  ["inuse_objects", "count"],
  ["inuse_space", "bytes"],
] as const;

/**
 * A profile for `go tool pprof` and its kin: profile.proto of google/pprof, gzipped. What is live, leaked or held at the peak counts as in
 * use, all else as allocated; each sample carries labels for its kind, its weight and its process.
 */
export function pprofFile(model: ProfileModel): Uint8Array {
  const strings = new StringTable();
  const word = (text: string) => strings.dedup(text);
  const functions: PprofFunction[] = [];
  const locations: Location[] = [];
  const known = new Map<string, number>();
  const locationOf = ({ name, file = "", line = 0 }: Frame): number => {
    const key = `${name}\n${file}\n${line}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const id = locations.length + 1;
    functions.push(new PprofFunction({ id, name: word(name), systemName: word(name), filename: word(file), startLine: 0 }));
    locations.push(new Location({ id, line: [new Line({ functionId: id, line })] }));
    known.set(key, id);
    return id;
  };
  const samples = model.stacks.flatMap((set) => {
    const labels = labelsOf(set, model, word);
    const isInUse = set.weightOf !== "allocated";
    const ids = set.frames.map(locationOf);
    return set.samples.map(({ stack, weight, count }) => {
      const values = isInUse ? [0, 0, count, Math.round(weight)] : [count, Math.round(weight), 0, 0];
      return new Sample({ locationId: stack.map((frame) => ids[frame] ?? 0).reverse(), value: values, label: labels });
    });
  });
  const periodBytes = Math.max(0, ...model.stacks.map(({ samplingBytes = 0 }) => samplingBytes));
  const profile = new Profile({
    sampleType: TYPES.map(([type, unit]) => new ValueType({ type: word(type), unit: word(unit) })),
    sample: samples,
    location: locations,
    function: functions,
    timeNanos: BigInt(Date.parse(model.run.startedAt) || 0) * 1_000_000n,
    durationNanos: BigInt(Math.round(model.run.durationMs)) * 1_000_000n,
    periodType: new ValueType({ type: word("space"), unit: word("bytes") }),
    period: periodBytes,
    comment: [word(model.run.title)],
    defaultSampleType: word(model.stacks.every(({ weightOf }) => weightOf === "allocated") ? "alloc_space" : "inuse_space"),
    stringTable: strings,
  });
  return gzipSync(profile.encode());
}

function labelsOf({ kind, weightOf, process, thread }: StackSet, { processes }: ProfileModel, word: (text: string) => number): Label[] {
  const facts = processes[process];
  return [
    new Label({ key: word("kind"), str: word(kind) }),
    new Label({ key: word("weight"), str: word(weightOf) }),
    ...(facts === undefined ? [] : [new Label({ key: word("process"), str: word(`${facts.name} (${facts.pid})`) })]),
    ...(thread === 0 ? [] : [new Label({ key: word("thread"), num: thread })]),
  ];
}
