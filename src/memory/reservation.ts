import { assert, UseAfterReleaseError } from "../base/index.ts";
import type { MemoryTag } from "./tags.ts";

/** What a budget hands to its reservations so that they can come home; nobody else can credit a budget. */
export type ReservationAccount = {
  giveBack(bytes: number, tag: MemoryTag): void;
  countSplit(tag: MemoryTag): void;
};

/**
 * A claim on bytes of a budget. Reserve, allocate, free, then dispose: the claim outlives the bytes.
 * Disposing twice is a no-op. Growing is a new reservation, never a resize.
 */
export class Reservation implements Disposable {
  readonly tag: MemoryTag;
  readonly #account: ReservationAccount;
  #bytes: number;
  #released = false;

  /** @internal Made by Budget alone, which has charged `bytes` already. */
  constructor(account: ReservationAccount, bytes: number, tag: MemoryTag) {
    this.#account = account;
    this.#bytes = bytes;
    this.tag = tag;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Gives the difference back; `bytes` must not be above what is held. */
  shrinkTo(bytes: number): void {
    this.#assertHeld();
    assert(Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= this.#bytes, `a reservation of ${this.#bytes} B cannot become ${bytes} B`);
    const freed = this.#bytes - bytes;
    this.#bytes = bytes;
    if (freed > 0) this.#account.giveBack(freed, this.tag);
  }

  /** Moves `bytes` of the claim to a new reservation of the same tag, with no instant in which they are unclaimed. */
  split(bytes: number): Reservation {
    this.#assertHeld();
    assert(
      Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= this.#bytes,
      `cannot split ${bytes} B off a reservation of ${this.#bytes} B`,
    );
    this.#bytes -= bytes;
    this.#account.countSplit(this.tag);
    return new Reservation(this.#account, bytes, this.tag);
  }

  [Symbol.dispose](): void {
    if (this.#released) return;
    this.#released = true;
    const bytes = this.#bytes;
    this.#bytes = 0;
    this.#account.giveBack(bytes, this.tag);
  }

  #assertHeld(): void {
    if (this.#released) throw new UseAfterReleaseError(`the reservation for ${this.tag} was released`);
  }
}
