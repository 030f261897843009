/** When the frames of a video stream are shown, gathered packet by packet in numbers only: 9 bytes each, grown by doubling. */
import { UnsupportedError } from "../../base/index.ts";

/** Why the packets alone do not say which frames are shown. */
export type Doubt =
  | "packets without a time"
  | "the first packet is no keyframe"
  | "frames before the first keyframe"
  | "two frames at one time"
  | "damaged packets"
  | "lost packets"
  | "packets at the end that are not shown"
  | "times the muxer had to mend"
  | "packets with parts of frames"
  | "a container that leaves times to be guessed";

export type FrameTimes = {
  /** Presentation ticks of the frames shown, ascending. */
  readonly ticks: Float64Array;
  readonly keyframes: Uint32Array;
  readonly keySeekTicks: Float64Array;
  readonly lastDurationTicks: number;
  /** True when packets are not in the order they are shown in. */
  readonly isReordered: boolean;
  readonly doubts: readonly Doubt[];
};

const KEY = 1;
const HIDDEN = 2;
const FIRST_CAPACITY = 1024;
/** Six days at 30 frames per second, and 288 MiB of numbers at most. */
export const MOST_PACKETS = 2 ** 24;

export class PacketTable {
  #ticks = new Float64Array(FIRST_CAPACITY);
  #flags = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  #last = { tick: Number.NEGATIVE_INFINITY, durationTicks: 0 };
  #isReordered = false;
  readonly #doubts = new Set<Doubt>();

  get length(): number {
    return this.#length;
  }

  /**
   * Adds the next packet in decoding order.
   *
   * @param tick - presentation tick; undefined when the packet carries none
   * @param isHidden - decoded but not shown, because an edit list says so
   * @throws UnsupportedError when there are more than 16 million
   */
  add(tick: number | undefined, isKey: boolean, isHidden: boolean, durationTicks: number): void {
    if (this.#length === this.#ticks.length) this.#grow();
    if (this.#length === 0 && !isKey) this.#doubts.add("the first packet is no keyframe");
    if (tick === undefined) {
      this.#doubts.add("packets without a time");
      return;
    }
    if (!isHidden && tick < (this.#ticks[0] ?? 0) && this.#length > 0) this.#doubts.add("frames before the first keyframe");
    this.#ticks[this.#length] = tick;
    this.#flags[this.#length] = (isKey ? KEY : 0) | (isHidden ? HIDDEN : 0);
    this.#length++;
    if (isHidden) return;
    if (tick > this.#last.tick) this.#last = { tick, durationTicks };
    else this.#isReordered = true;
  }

  addDoubt(doubt: Doubt): void {
    this.#doubts.add(doubt);
  }

  /** Orders what was gathered; the table is empty afterwards. */
  finish(): FrameTimes {
    const ticks = this.#select((flags) => (flags & HIDDEN) === 0);
    if (this.#isReordered) ticks.sort();
    const keySeekTicks = this.#select((flags) => (flags & KEY) !== 0).sort();
    const shownKeys = this.#select((flags) => flags === KEY).sort();
    this.#ticks = new Float64Array(0);
    this.#flags = new Uint8Array(0);
    this.#length = 0;
    for (let at = 1; at < ticks.length; at++) if (ticks[at] === ticks[at - 1]) this.#doubts.add("two frames at one time");
    return {
      ticks,
      keyframes: positionsOf(shownKeys, ticks),
      keySeekTicks,
      lastDurationTicks: this.#last.durationTicks,
      isReordered: this.#isReordered,
      doubts: [...this.#doubts],
    };
  }

  /** Ticks of the packets whose flags pass, in decoding order. */
  #select(passes: (flags: number) => boolean): Float64Array {
    const count = (at: number): number => (passes(this.#flags[at] ?? 0) ? 1 : 0);
    let length = 0;
    for (let at = 0; at < this.#length; at++) length += count(at);
    const selected = new Float64Array(length);
    let next = 0;
    for (let at = 0; at < this.#length; at++) if (count(at) === 1) selected[next++] = this.#ticks[at] ?? 0;
    return selected;
  }

  #grow(): void {
    const capacity = this.#ticks.length * 2;
    if (capacity > MOST_PACKETS)
      throw new UnsupportedError("the video has more than 16 million frames", { hint: "cut it into parts first" });
    const ticks = new Float64Array(capacity);
    const flags = new Uint8Array(capacity);
    ticks.set(this.#ticks);
    flags.set(this.#flags);
    this.#ticks = ticks;
    this.#flags = flags;
  }
}

/** Positions in an ascending array of those of some ascending values that are in it. */
export function positionsOf(values: Float64Array, among: Float64Array): Uint32Array {
  const positions = new Uint32Array(values.length);
  let found = 0;
  let at = 0;
  for (const value of values) {
    while (at < among.length && (among[at] ?? 0) < value) at++;
    if (among[at] === value) positions[found++] = at;
  }
  return positions.slice(0, found);
}
