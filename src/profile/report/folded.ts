import type { ProfileModel } from "../model.ts";
import { setTitle } from "./stack-title.ts";

/** One stack a line, outermost frame first, frames apart by ";", then a blank and bytes: what flamegraph.pl and inferno read. */
export function* foldedLines(model: ProfileModel): Generator<string> {
  for (const set of model.stacks) {
    const top = cleaned(setTitle(set, model.processes));
    const names = set.frames.map(({ name }) => cleaned(name));
    const sums = new Map<string, number>();
    for (const { stack, weight } of set.samples) {
      const path = [top, ...stack.map((frame) => names[frame] ?? "?")].join(";");
      sums.set(path, (sums.get(path) ?? 0) + weight);
    }
    for (const [path, bytes] of sums) yield `${path} ${Math.round(bytes)}\n`;
  }
}

/** The separator of frames cannot stand in one. Line ends are spelled out already. */
function cleaned(name: string): string {
  return name.replaceAll(";", ":");
}
