import { assert } from "../base/index.ts";

/** Dotted owner label, e.g. "media.frame". Opaque to the memory core: only equality matters. */
export type MemoryTag = `${string}.${string}`;

export type TagStats = {
  readonly tag: MemoryTag;
  readonly currentBytes: number;
  readonly peakBytes: number;
  /** Reservations made under this tag so far, split-off parts included. */
  readonly reservations: number;
};

type TagAccount = { currentBytes: number; peakBytes: number; reservations: number };

/** Bytes by owner: current, peak and number of reservations. */
export class TagLedger {
  readonly #accounts = new Map<MemoryTag, TagAccount>();

  add(tag: MemoryTag, bytes: number): void {
    const account = this.#account(tag);
    account.currentBytes += bytes;
    account.peakBytes = Math.max(account.peakBytes, account.currentBytes);
    account.reservations += 1;
  }

  /** A reservation of `tag` became two: the count grows, the bytes do not. */
  countSplit(tag: MemoryTag): void {
    this.#account(tag).reservations += 1;
  }

  subtract(tag: MemoryTag, bytes: number): void {
    const account = this.#account(tag);
    account.currentBytes -= bytes;
    assert(account.currentBytes >= 0, `tag ${tag} gave back more than it took`);
  }

  /** Every tag ever seen, biggest peak first. */
  stats(): TagStats[] {
    return [...this.#accounts]
      .map(([tag, account]) => ({ tag, ...account }))
      .sort((a, b) => b.peakBytes - a.peakBytes || a.tag.localeCompare(b.tag));
  }

  /** The tags that hold bytes now, biggest first. */
  holders(): TagStats[] {
    return this.stats()
      .filter((tag) => tag.currentBytes > 0)
      .sort((a, b) => b.currentBytes - a.currentBytes);
  }

  #account(tag: MemoryTag): TagAccount {
    const known = this.#accounts.get(tag);
    if (known !== undefined) return known;
    const created = { currentBytes: 0, peakBytes: 0, reservations: 0 };
    this.#accounts.set(tag, created);
    return created;
  }
}
