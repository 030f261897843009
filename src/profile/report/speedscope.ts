import type { ProfileModel, StackSet } from "../model.ts";
import { setTitle } from "./stack-title.ts";

/** A file of https://www.speedscope.app: file-format-spec.ts of jlfwong/speedscope, "sampled" profiles weighted in bytes. */
export type SpeedscopeFile = {
  readonly $schema: "https://www.speedscope.app/file-format-schema.json";
  readonly name: string;
  readonly exporter: string;
  readonly activeProfileIndex: number;
  readonly shared: { readonly frames: readonly { readonly name: string; readonly file?: string; readonly line?: number }[] };
  readonly profiles: readonly {
    readonly type: "sampled";
    readonly name: string;
    readonly unit: "bytes";
    readonly startValue: number;
    readonly endValue: number;
    readonly samples: readonly (readonly number[])[];
    readonly weights: readonly number[];
  }[];
};

/** One profile for each kind of stack of each process. */
export function speedscopeFile(model: ProfileModel): SpeedscopeFile {
  const frames: { name: string; file?: string; line?: number }[] = [];
  const profiles = model.stacks.map((set: StackSet) => {
    const first = frames.length;
    for (const frame of set.frames) frames.push(frame);
    const weights = set.samples.map(({ weight }) => weight);
    return {
      ...{ type: "sampled" as const, name: setTitle(set, model.processes), unit: "bytes" as const, startValue: 0 },
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: set.samples.map(({ stack }) => stack.map((frame) => first + frame)),
      weights,
    };
  });
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name: model.run.title,
    exporter: `mm ${model.run.version}`,
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  };
}
