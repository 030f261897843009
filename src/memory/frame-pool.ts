import { assert } from "../base/index.ts";
import { anonymousSegment } from "./anonymous-segment.ts";
import type { Budget } from "./budget.ts";
import { Frame, type FrameTimestamp } from "./frame.ts";
import { FrameLayout } from "./frame-layout.ts";
import type { NodePlacement } from "./numa.ts";
import type { PixelFormat } from "./pixel-format.ts";
import { MemoryPool } from "./pool.ts";
import type { Slot } from "./slot.ts";
import type { MemoryTag } from "./tags.ts";

export type FramePoolOptions = {
  /** Touch every page now, so that no frame waits for the kernel later. */
  readonly preallocate?: boolean;
  /** Zero a frame when its last owner lets go. */
  readonly clearOnRelease?: boolean;
  /** Ask for 2 MiB pages when the pool is at least that big; `pool.segment.pages` tells what was granted. */
  readonly hugePages?: boolean;
  /** As of MemoryPool. */
  readonly alignmentBytes?: number;
  /** From which memory nodes its pages come; undefined = what the process was started with. */
  readonly numa?: NodePlacement | undefined;
  /** Who pays, in reports. */
  readonly tag?: MemoryTag;
};

export type FramePoolConfig = FramePoolOptions & {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** Frames; all of them are reserved at construction. */
  readonly capacity: number;
};

/** For frames whose time does not matter yet. */
const TIME_ZERO: FrameTimestamp = { ticks: 0, timeBase: { num: 1, den: 1 } };

/** Frames of one shape that are used again and again; when all are out, that is backpressure. */
export class FramePool implements Disposable {
  readonly layout: FrameLayout;
  readonly pool: MemoryPool;

  constructor(budget: Budget, width: number, height: number, format: PixelFormat, capacity: number, options: FramePoolOptions = {}) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, `a pool of ${capacity} frames`);
    this.layout = FrameLayout.of(width, height, format);
    const byteLength = MemoryPool.segmentBytes(this.layout.frameBytes, capacity, options.alignmentBytes);
    const { tag = "frame.pool", hugePages = true, numa } = options;
    const segment = anonymousSegment(budget, tag, byteLength, { hugePages, numa });
    if (options.preallocate) segment.bytes().fill(0);
    this.pool = new MemoryPool(segment, this.layout.frameBytes, options);
  }

  static withConfig(budget: Budget, config: FramePoolConfig): FramePool {
    return new FramePool(budget, config.width, config.height, config.format, config.capacity, config);
  }

  /** Frames in all. */
  get capacity(): number {
    return this.pool.capacity;
  }

  /** Frames free now. */
  get available(): number {
    return this.pool.available;
  }

  /** A frame with the previous picture's bytes unless the pool clears, or undefined when all are out. */
  loan(timestamp: FrameTimestamp = TIME_ZERO): Frame | undefined {
    const slot = this.pool.loan();
    return slot && this.#frame(slot, timestamp);
  }

  /** The next free frame, first come, first served. @throws the signal's reason on abort */
  async loanWait(timestamp: FrameTimestamp = TIME_ZERO, options: { readonly signal?: AbortSignal } = {}): Promise<Frame> {
    return this.#frame(await this.pool.loanWait(options), timestamp);
  }

  /** @internal The frame in a slot that a native pump filled for us. */
  adopt(slotIndex: number, timestamp: FrameTimestamp): Frame {
    return this.#frame(this.pool.adopt(slotIndex), timestamp);
  }

  /** @throws LeakError while frames are out */
  [Symbol.dispose](): void {
    this.pool.close();
  }

  #frame(slot: Slot, timestamp: FrameTimestamp): Frame {
    return new Frame(slot, this.layout, timestamp);
  }
}
