import { assert } from "../base/index.ts";
import type { FrameLayout } from "./frame-layout.ts";
import type { Slot } from "./slot.ts";

/** `ticks` x num / den seconds, exactly. */
export type FrameTimestamp = { readonly ticks: number; readonly timeBase: { readonly num: number; readonly den: number } };

/** One decoded picture: a slot of a pool, the layout of its planes, and when it is shown. */
export class Frame implements Disposable {
  readonly layout: FrameLayout;
  readonly timestamp: FrameTimestamp;
  readonly #slot: Slot;

  /** Takes over the slot: disposing the frame releases it. */
  constructor(slot: Slot, layout: FrameLayout, timestamp: FrameTimestamp) {
    assert(slot.byteLength >= layout.frameBytes, `a frame of ${layout.frameBytes} B in a slot of ${slot.byteLength} B`);
    this.layout = layout;
    this.timestamp = timestamp;
    this.#slot = slot;
  }

  /** Position of the frame's slot in its pool, for kernels. */
  get slotIndex(): number {
    return this.#slot.index;
  }

  /** True while nobody else holds the picture, hence safe to write in place. */
  get isUnique(): boolean {
    return this.#slot.isUnique;
  }

  /** The whole picture, plane after plane. @throws UseAfterReleaseError after dispose */
  bytes(): Uint8Array {
    return this.#slot.bytes().subarray(0, this.layout.frameBytes);
  }

  /** A view of plane `index`: exactly its own bytes. @throws UseAfterReleaseError after dispose */
  plane(index: number): Uint8Array {
    const plane = this.layout.planes[index];
    assert(plane !== undefined, `plane ${index} of ${this.layout.format}`);
    return this.#slot.bytes().subarray(plane.offsetBytes, plane.offsetBytes + plane.lengthBytes);
  }

  /** A second owner of the same picture, disposed on its own. */
  retain(): Frame {
    return new Frame(this.#slot.retain(), this.layout, this.timestamp);
  }

  [Symbol.dispose](): void {
    this.#slot[Symbol.dispose]();
  }
}
