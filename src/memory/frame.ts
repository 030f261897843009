import { assert } from "../base/index.ts";
import { Buffer } from "./buffer.ts";
import type { FrameLayout } from "./frame-layout.ts";
import { Slot } from "./slot.ts";

/** `ticks` x num / den seconds, exactly. */
export type FrameTimestamp = { readonly ticks: number; readonly timeBase: { readonly num: number; readonly den: number } };

/** One decoded picture: a slot of a pool, the layout of its planes, and when it is shown. */
export class Frame implements Disposable {
  readonly layout: FrameLayout;
  readonly #slot: Slot;
  readonly #buffer: Buffer<FrameTimestamp>;

  /** Takes over the slot: disposing the frame releases it. */
  constructor(slot: Slot, layout: FrameLayout, timestamp: FrameTimestamp) {
    assert(slot.byteLength >= layout.frameBytes, `a frame of ${layout.frameBytes} B in a slot of ${slot.byteLength} B`);
    this.layout = layout;
    this.#slot = slot;
    this.#buffer = new Buffer(slot, timestamp);
  }

  get timestamp(): FrameTimestamp {
    return this.#buffer.metadata;
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
    return this.#buffer.bytes().subarray(0, this.layout.frameBytes);
  }

  /** A view of plane `index`: exactly its own bytes. @throws UseAfterReleaseError after dispose */
  plane(index: number): Uint8Array {
    const plane = this.layout.planes[index];
    assert(plane !== undefined, `plane ${index} of ${this.layout.format}`);
    return this.#buffer.bytes().subarray(plane.offsetBytes, plane.offsetBytes + plane.lengthBytes);
  }

  /** A second owner of the same picture, disposed on its own. */
  retain(): Frame {
    const { memory, metadata } = this.#buffer.clone();
    assert(memory instanceof Slot, "a frame lies in a slot");
    return new Frame(memory, this.layout, metadata);
  }

  [Symbol.dispose](): void {
    this.#buffer[Symbol.dispose]();
  }
}
