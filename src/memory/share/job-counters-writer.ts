import type { NativeSegment } from "../../binding/index.ts";
import { binding } from "../../binding/index.ts";
import { COUNTERS_BYTES, COUNTERS_MAGIC, FIGURES, type JobCounters, LAYOUT, LEVELS, MOST_OWNERS } from "./job-counters.ts";

/**
 * The page of a job's counters, in shared memory that nobody else can write, cut off or grow. One write takes 1 us with twelve owners; a
 * reader never makes it wait.
 */
export class JobCountersWriter implements Disposable {
  /** @internal For the handover. */
  readonly segment: NativeSegment;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #texts = new Map<number, string>();

  constructor() {
    this.segment = binding.segmentShared("mm-counters", COUNTERS_BYTES, "base");
    const buffer = this.segment.buffer();
    // What is mapped already stays writable (fcntl(2), F_SEAL_FUTURE_WRITE).
    this.segment.addSeals(["shrink", "grow", "future-write", "seal"]);
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
    this.#view.setUint32(LAYOUT.magic, COUNTERS_MAGIC, true);
  }

  write(counters: JobCounters): void {
    const sequence = LAYOUT.sequence / 4;
    Atomics.add(this.#words, sequence, 1);
    FIGURES.forEach((name, at) => {
      this.#view.setFloat64(LAYOUT.figures + 8 * at, counters[name], true);
    });
    this.#view.setUint32(LAYOUT.level, LEVELS.indexOf(counters.level), true);
    this.#setText(LAYOUT.command, 0, counters.command);
    this.#setText(LAYOUT.phase, 0, counters.phase);
    const { stride, tag, currentBytes, peakBytes } = LAYOUT.owner;
    const count = Math.min(MOST_OWNERS, counters.owners.length);
    for (let index = 0; index < count; index += 1) {
      const owner = counters.owners[index];
      if (owner === undefined) break;
      const at = LAYOUT.owners + stride * index;
      this.#setText(tag, at, owner.tag);
      this.#view.setFloat64(at + currentBytes, owner.currentBytes, true);
      this.#view.setFloat64(at + peakBytes, owner.peakBytes, true);
    }
    this.#view.setUint32(LAYOUT.ownerCount, count, true);
    Atomics.add(this.#words, sequence, 1);
  }

  [Symbol.dispose](): void {
    this.segment.close();
  }

  /** Texts hardly change from one write to the next. */
  #setText(field: { readonly at: number; readonly length: number }, base: number, text: string): void {
    const at = base + field.at;
    if (this.#texts.get(at) === text) return;
    this.#texts.set(at, text);
    for (let index = 0; index < field.length; index += 1) this.#view.setUint8(at + index, text.charCodeAt(index) || 0);
  }
}
