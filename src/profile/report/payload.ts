import type { ProfileDiff } from "../diff.ts";
import { pickInstants } from "../instants.ts";
import type { Mark, ProfileModel } from "../model.ts";
import { type StackTree, stackTree } from "../stack-tree.ts";

/** More of each than a page can show: a day of a shell's loop would make a file of gigabytes. */
const MOST_PROCESSES = 2000;
const MOST_MARKS = 2000;
const MOST_COLLECTIONS = 4000;

/** What the page gets: the model, cut to what can be shown. */
export type ReportPayload = Omit<ProfileModel, "stacks" | "floors"> & {
  readonly form: "report";
  readonly stacks: readonly StackTree[];
  /** Left out of `processes`, which has those that held most. */
  readonly moreProcesses: number;
};

export function reportPayload({ stacks, floors: _, ...model }: ProfileModel): ReportPayload {
  const { processes, collections, marks } = model;
  const rank = [...processes].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, MOST_PROCESSES);
  const kept = new Set(rank.map(({ process }) => process));
  const shown = pickInstants(collections.atMs, collections.durationMs, MOST_COLLECTIONS).rows;
  const column = (values: Float64Array) => Float64Array.from(shown, (row) => values[row] ?? 0);
  return {
    ...model,
    form: "report",
    processes: processes.filter(({ process }) => kept.has(process)),
    moreProcesses: processes.length - kept.size,
    marks: marks.filter(isSaid).slice(0, MOST_MARKS),
    collections: {
      ...{ atMs: column(collections.atMs), durationMs: column(collections.durationMs) },
      ...{ isMajor: column(collections.isMajor), process: column(collections.process) },
    },
    stacks: stacks.map((set) => stackTree(set)),
  };
}

function weightOf({ highWaterBytes, peakUsedBytes }: ProfileModel["processes"][number]): number {
  return Math.max(highWaterBytes, peakUsedBytes);
}

/** Starts and ends of processes are drawn from the processes. */
function isSaid({ kind }: Mark): boolean {
  return kind === "mark" || kind === "phase" || kind === "exec";
}

/** What the page gets of two captures: the diff, both lines of memory, and the stacks of both. */
export type DiffPayload = {
  readonly form: "diff";
  readonly diff: ProfileDiff;
  readonly before: DiffSide;
  readonly after: DiffSide;
};

type DiffSide = { readonly atMs: Float64Array; readonly usedBytes: Float64Array; readonly stacks: readonly StackTree[] };

export function diffPayload(diff: ProfileDiff, before: ProfileModel, after: ProfileModel): DiffPayload {
  const side = ({ timeline: { atMs, usedBytes }, stacks }: ProfileModel) => ({
    atMs,
    usedBytes,
    stacks: stacks.map((set) => stackTree(set)),
  });
  return { form: "diff", diff, before: side(before), after: side(after) };
}
