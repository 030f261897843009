import type { MemoryHandle } from "./handle.ts";
import { Slot } from "./slot.ts";

/** Bytes and what is known about them, passed between stages. Cloning shares the bytes; each clone is disposed once. */
export class Buffer<Metadata = undefined> implements Disposable {
  readonly memory: MemoryHandle | Slot;
  readonly metadata: Metadata;

  /** Takes over `memory`: a slot given to a buffer is released by disposing the buffer. */
  constructor(memory: MemoryHandle | Slot, metadata: Metadata) {
    this.memory = memory;
    this.metadata = metadata;
  }

  bytes(): Uint8Array {
    return this.memory.bytes();
  }

  /** O(1): a slot gets one more owner, a handle is shared as it is; no byte is copied. */
  clone(): Buffer<Metadata> {
    return new Buffer(this.memory instanceof Slot ? this.memory.retain() : this.memory, this.metadata);
  }

  [Symbol.dispose](): void {
    if (this.memory instanceof Slot) this.memory[Symbol.dispose]();
  }
}
