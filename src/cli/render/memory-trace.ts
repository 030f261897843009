import type { ChalkInstance } from "chalk";
import { formatBytes, sparkline } from "../../base/index.ts";
import type { MemorySample } from "../../commands/index.ts";

/** Each block of the sparkline is the highest sample of this many milliseconds: a minute fits in 120 columns. */
const CELL_MS = 500;
const MOST_CELLS = 120;
const FEWEST_CELLS = 4;

/** The recent past of the tree's memory, as one line that fits any width. */
export class MemoryTrace {
  readonly #cells: { readonly startMs: number; bytes: number }[] = [];
  #last: MemorySample | undefined;
  #peakBytes = 0;
  /** What a full block stands for; 0 until the plan is known. */
  limitBytes = 0;

  add(sample: MemorySample): void {
    this.#last = sample;
    this.#peakBytes = Math.max(this.#peakBytes, sample.treeBytes);
    const startMs = Math.floor(sample.atMs / CELL_MS) * CELL_MS;
    const cell = this.#cells.at(-1);
    if (cell?.startMs === startMs) cell.bytes = Math.max(cell.bytes, sample.treeBytes);
    else this.#cells.push({ startMs, bytes: sample.treeBytes });
    if (this.#cells.length > MOST_CELLS) this.#cells.shift();
  }

  /** "memory  ▂▃▅▇  212.4 MiB of 300.0 MiB  peak 251.0 MiB", parts left out from the right where `columns` is too few. */
  line(columns: number, palette: ChalkInstance): string {
    const nowBytes = this.#last?.treeBytes ?? 0;
    const of = this.limitBytes > 0 ? ` of ${formatBytes(this.limitBytes)}` : "";
    const now = `${formatBytes(nowBytes)}${of}`;
    const peak = `  peak ${formatBytes(this.#peakBytes)}`;
    const cellsBeside = (text: string) => Math.min(MOST_CELLS, columns - text.length);
    const choices = [`memory    ${now}${peak}`, `memory    ${now}`, `memory    ${formatBytes(nowBytes)}`];
    const fitting = choices.find((text) => cellsBeside(text) >= FEWEST_CELLS);
    if (fitting === undefined) return formatBytes(nowBytes).slice(0, columns);
    const scaleBytes = this.limitBytes > 0 ? this.limitBytes : this.#peakBytes;
    const blocks = sparkline(
      this.#cells.slice(-cellsBeside(fitting)).map((cell) => cell.bytes),
      scaleBytes,
    );
    return fitting.replace("    ", `  ${this.#colour(palette)(blocks)}  `);
  }

  #colour(palette: ChalkInstance): ChalkInstance {
    if (this.#last?.level === "critical") return palette.red;
    return this.#last?.level === "warning" ? palette.yellow : palette.green;
  }
}
