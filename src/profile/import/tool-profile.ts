import type { CaptureBatch, Stacks } from "../capture/index.ts";

/** What another profiler saw of one program. */
export type ToolProfile = {
  /** argv as it wrote it, in one text. */
  readonly command: string;
  /** The heap in use. Milliseconds since the start, or what the tool counts in its place (massif: instructions, unless it ran with --time-unit=ms). */
  readonly timeline: { readonly atMs: readonly number[]; readonly heapBytes: readonly number[] };
  readonly timeUnit: "ms" | "instructions" | "bytes";
  readonly stacks: readonly Stacks[];
  readonly peakBytes: number;
};

/** The same as rows and events of a capture: process 0, whose used bytes are its heap. */
export function toolBatch({ command, timeline, stacks }: ToolProfile): CaptureBatch {
  const words = command.split(" ").filter((word) => word !== "");
  const lastMs = timeline.atMs.at(-1) ?? 0;
  const name = (words[0] ?? "").split("/").at(-1) ?? "";
  return {
    rows: { tree: Float64Array.from(timeline.atMs.flatMap((atMs, row) => [atMs, timeline.heapBytes[row] ?? 0, 1, 0, 1, 0, 0, 0, 0])) },
    events: [
      { type: "process", process: 0, pid: 0, parent: -1, atMs: 0, command: words, name },
      ...stacks.map((each) => ({ type: "stacks", process: 0, thread: 0, atMs: lastMs, stacks: each }) as const),
    ],
  };
}
