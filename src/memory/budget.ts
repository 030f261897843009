import { assert, type Clock, LeakError, UseAfterReleaseError } from "../base/index.ts";
import { Admission } from "./admission.ts";
import { type BudgetOrigin, budgetExceeded } from "./budget-exceeded.ts";
import type { PressureLadder } from "./ladder.ts";
import type { Lease } from "./lease.ts";
import { PressureGauge, type PressureLevel } from "./pressure.ts";
import { Reservation, type ReservationAccount } from "./reservation.ts";
import { type MemoryTag, TagLedger, type TagStats } from "./tags.ts";
import type { AllocationTracker } from "./track.ts";

/** What all budgets of one tree share. */
type Tree = {
  readonly admission: Admission<Reservation>;
  readonly clock: Clock;
  readonly ladder: PressureLadder;
  readonly origin: BudgetOrigin;
  readonly tracker: AllocationTracker | undefined;
  readonly lease: Lease | undefined;
  refusesOptional: boolean;
};

export type BudgetOptions = {
  readonly name: string;
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly ladder: PressureLadder;
  /** Where the limit comes from, for messages. */
  readonly origin: BudgetOrigin;
  readonly tracker?: AllocationTracker;
  /** Where the memory is shared with other jobs. */
  readonly lease?: Lease;
};

type Claim = Parameters<Lease["cover"]>[1];

export type AdmitOptions = { readonly signal?: AbortSignal; readonly forChild?: boolean };

/** Bytes that may be claimed, and who claimed them. The tree is used from one thread, which is what makes it exact without a lock. */
export class Budget implements Disposable {
  readonly name: string;
  readonly #parent: Budget | undefined;
  readonly #children = new Set<Budget>();
  readonly #tree: Tree;
  readonly #minimumBytes: number;
  readonly #tags = new TagLedger();
  readonly #gauge = new PressureGauge();
  readonly #ownAccount: ReservationAccount;
  readonly #childProcessAccount: ReservationAccount;
  #limitBytes: number;
  #reservedBytes = 0;
  #peakBytes = 0;
  #childProcessBytes = 0;
  #admissionWaitMs = 0;
  #closed = false;

  /** The root of a tree. */
  static root(options: BudgetOptions): Budget {
    const { clock, ladder, origin, tracker, lease } = options;
    const tree: Tree = { admission: new Admission(clock), clock, ladder, origin, tracker, lease, refusesOptional: false };
    return new Budget(options.name, options.limitBytes, 0, undefined, tree);
  }

  private constructor(name: string, limitBytes: number, minimumBytes: number, parent: Budget | undefined, tree: Tree) {
    assertBytes(limitBytes);
    assertBytes(minimumBytes);
    assert(minimumBytes <= limitBytes, `budget ${name}: minimum ${minimumBytes} B is above its limit ${limitBytes} B`);
    this.name = name;
    this.#limitBytes = limitBytes;
    this.#minimumBytes = minimumBytes;
    this.#parent = parent;
    this.#tree = tree;
    this.#ownAccount = this.#newAccount(false);
    this.#childProcessAccount = this.#newAccount(true);
  }

  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** Bytes taken from this budget now: its reservations, and for each child the larger of its reservations and its minimum. */
  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes of it that were admitted for child processes; the rest is this process's own memory. */
  get childProcessBytes(): number {
    return this.#childProcessBytes;
  }

  /** How full the ledger is. */
  get level(): PressureLevel {
    return this.#gauge.level;
  }

  /** Milliseconds that admissions of this budget and its children waited, all together. */
  get admissionWaitMs(): number {
    return this.#admissionWaitMs;
  }

  /** Every tag of this budget and its children, biggest peak first. */
  byTag(): TagStats[] {
    return this.#tags.stats();
  }

  /** A narrower budget. `minimumBytes` leave this one now; the rest up to `limitBytes` is borrowed when it is reserved. */
  child(name: string, share: { readonly limitBytes: number; readonly minimumBytes: number }): Budget {
    this.#assertOpen();
    const child = new Budget(name, share.limitBytes, share.minimumBytes, this, this.#tree);
    const missingBytes = this.#shortfall(share.minimumBytes);
    if (missingBytes > 0 || !this.#isCovered(share.minimumBytes, "needed")) {
      throw this.#exceeded(share.minimumBytes, `budget.${name}`, Math.max(0, missingBytes));
    }
    this.#charge(share.minimumBytes);
    this.#children.add(child);
    return child;
  }

  /** Lowers the limit, once a plan knows that less is there to give. Never below what is reserved. */
  narrowTo(limitBytes: number): void {
    assertBytes(limitBytes);
    assert(limitBytes <= this.#limitBytes, `budget ${this.name} cannot grow`);
    const missingBytes = this.#reservedBytes - limitBytes;
    if (missingBytes > 0) throw this.#exceeded(0, "budget.limit", missingBytes);
    this.#limitBytes = limitBytes;
    this.#updateGauge();
  }

  /** Optional memory (caches, read-ahead). Never waits and frees nothing; undefined too while others wait or the ladder refuses. */
  tryReserve(bytes: number, tag: MemoryTag): Reservation | undefined {
    this.#assertOpen();
    assertBytes(bytes);
    if (this.#tree.refusesOptional || this.#tree.admission.waiting.length > 0) return undefined;
    return this.#take(bytes, tag, this.#tree.tracker?.callSite(), this.#ownAccount, "optional");
  }

  /** Needed now: drops caches if that helps. @throws BudgetExceededError with the holders and the smallest limit that works */
  reserve(bytes: number, tag: MemoryTag): Reservation {
    this.#assertOpen();
    assertBytes(bytes);
    const shortfall = this.#shortfall(bytes);
    if (shortfall > 0 || !this.#isCovered(bytes, "needed")) this.#tree.ladder.drop(this.#missing(bytes), "ledger");
    const reservation = this.#take(bytes, tag, this.#tree.tracker?.callSite(), this.#ownAccount);
    if (reservation === undefined) throw this.#exceeded(bytes, tag, Math.max(0, this.#shortfall(bytes)));
    return reservation;
  }

  /**
   * Needed soon: waits its turn, first come, first served; the wait is the backpressure.
   *
   * @param options.forChild the bytes are the predicted peak of a child process, not memory of this one
   * @throws BudgetExceededError at once if it can never fit, and when other jobs hold what is missing and none of them can give it back; the
   * signal's reason on abort
   */
  async admit(bytes: number, tag: MemoryTag, options: AdmitOptions = {}): Promise<Reservation> {
    this.#assertOpen();
    assertBytes(bytes);
    options.signal?.throwIfAborted();
    const missingBytes = this.#missingAtBest(bytes);
    if (missingBytes > 0) throw this.#exceeded(bytes, tag, missingBytes);
    const where = this.#tree.tracker?.callSite();
    using patience = this.#tree.lease?.wait(() => this.#tree.admission.serve());
    const { grant, waitedMs } = await this.#tree.admission.wait(
      {
        tag,
        take: () => this.#take(bytes, tag, where, options.forChild ? this.#childProcessAccount : this.#ownAccount),
        relieve: async () => {
          await this.#tree.ladder.relieve(this.#missing(bytes), "ledger");
        },
      },
      anyOf(options.signal, patience?.signal),
    );
    this.#addWait(waitedMs);
    return grant;
  }

  /** The ladder's "refuse": while on, `tryReserve` gives nothing, in the whole tree. */
  refuseOptional(on: boolean): void {
    this.#tree.refusesOptional = on;
  }

  /** @throws LeakError naming what is still held or waiting */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    const held = this.#tags.holders().map((holder) => `${holder.tag} ${holder.currentBytes} B`);
    const open = [...this.#children].map((child) => `budget ${child.name}`);
    const waiting = this.#parent === undefined ? this.#tree.admission.waiting.map((tag) => `${tag} (waiting)`) : [];
    const leaks = [...held, ...open, ...waiting];
    if (leaks.length > 0) throw new LeakError(`budget ${this.name} was closed while held: ${leaks.join(", ")}`);
    this.#closed = true;
    if (this.#parent === undefined) return;
    this.#parent.#children.delete(this);
    this.#parent.#discharge(this.#minimumBytes);
    this.#tree.admission.serve();
  }

  #newAccount(forChild: boolean): ReservationAccount {
    return {
      giveBack: (bytes, tag) => this.#giveBack(bytes, tag, forChild),
      countSplit: (tag) => this.#countSplit(tag),
    };
  }

  #take(
    bytes: number,
    tag: MemoryTag,
    where: string | undefined,
    account: ReservationAccount,
    claim: Claim = "needed",
  ): Reservation | undefined {
    if (this.#shortfall(bytes) > 0 || !this.#isCovered(bytes, claim)) return undefined;
    this.#charge(bytes);
    for (let budget: Budget | undefined = this; budget !== undefined; budget = budget.#parent) {
      budget.#tags.add(tag, bytes);
      if (account === this.#childProcessAccount) budget.#childProcessBytes += bytes;
    }
    this.#tree.tracker?.record("reserve", tag, bytes, where);
    return new Reservation(account, bytes, tag);
  }

  #giveBack(bytes: number, tag: MemoryTag, forChild: boolean): void {
    this.#discharge(bytes);
    for (let budget: Budget | undefined = this; budget !== undefined; budget = budget.#parent) {
      budget.#tags.subtract(tag, bytes);
      if (forChild) budget.#childProcessBytes -= bytes;
    }
    this.#tree.tracker?.record("release", tag, bytes, this.#tree.tracker.callSite());
    this.#tree.admission.serve();
  }

  #countSplit(tag: MemoryTag): void {
    for (let budget: Budget | undefined = this; budget !== undefined; budget = budget.#parent) budget.#tags.countSplit(tag);
  }

  /** What the parent is charged for this child while it has `reservedBytes` out. */
  #costToParent(reservedBytes: number): number {
    return Math.max(this.#minimumBytes, reservedBytes);
  }

  /** Bytes missing here or in an ancestor for `bytes` more; 0 or less = they fit. */
  #shortfall(bytes: number): number {
    const here = this.#reservedBytes + bytes - this.#limitBytes;
    if (this.#parent === undefined) return here;
    const growth = this.#costToParent(this.#reservedBytes + bytes) - this.#costToParent(this.#reservedBytes);
    return Math.max(here, this.#parent.#shortfall(growth));
  }

  /** Bytes to free for a claim that was refused: all of it where other jobs have the memory, and this one only caches to give. */
  #missing(bytes: number): number {
    const shortfall = this.#shortfall(bytes);
    return shortfall > 0 ? shortfall : bytes;
  }

  /** Whether the group has what the root would grow by. */
  #isCovered(bytes: number, claim: Claim): boolean {
    if (this.#parent === undefined) return this.#tree.lease?.cover(this.#reservedBytes + bytes, claim) ?? true;
    return this.#parent.#isCovered(this.#costToParent(this.#reservedBytes + bytes) - this.#costToParent(this.#reservedBytes), claim);
  }

  /** As #shortfall, if everybody else kept only the minimum promised to them: above 0, `bytes` can never fit. */
  #missingAtBest(bytes: number, via?: Budget): number {
    let promised = 0;
    for (const child of this.#children) if (child !== via) promised += child.#minimumBytes;
    const here = bytes + promised - this.#limitBytes;
    return this.#parent === undefined ? here : Math.max(here, this.#parent.#missingAtBest(this.#costToParent(bytes), this));
  }

  #charge(bytes: number): void {
    const before = this.#costToParent(this.#reservedBytes);
    this.#reservedBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#reservedBytes);
    this.#updateGauge();
    if (this.#parent !== undefined) this.#parent.#charge(this.#costToParent(this.#reservedBytes) - before);
  }

  #discharge(bytes: number): void {
    assert(bytes <= this.#reservedBytes, `budget ${this.name} got back more than it gave`);
    const before = this.#costToParent(this.#reservedBytes);
    this.#reservedBytes -= bytes;
    this.#updateGauge();
    if (this.#parent === undefined) this.#tree.lease?.uncover(this.#reservedBytes);
    else this.#parent.#discharge(before - this.#costToParent(this.#reservedBytes));
  }

  #updateGauge(): void {
    this.#gauge.update(this.#limitBytes === 0 ? 0 : this.#reservedBytes / this.#limitBytes);
  }

  #addWait(waitedMs: number): void {
    for (let budget: Budget | undefined = this; budget !== undefined; budget = budget.#parent) budget.#admissionWaitMs += waitedMs;
  }

  #exceeded(bytes: number, tag: MemoryTag, missingBytes: number): Error {
    let root: Budget = this;
    while (root.#parent !== undefined) root = root.#parent;
    return budgetExceeded({
      wantedBytes: bytes,
      tag,
      usedBytes: this.#reservedBytes,
      limitBytes: this.#limitBytes,
      neededBytes: root.#limitBytes + missingBytes,
      holders: root.#tags.holders(),
      origin: this.#tree.origin,
      others: this.#tree.lease?.describeOthers(),
    });
  }

  #assertOpen(): void {
    if (this.#closed) throw new UseAfterReleaseError(`budget ${this.name} was closed`);
  }
}

function anyOf(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a === undefined || b === undefined ? (a ?? b) : AbortSignal.any([a, b]);
}

function assertBytes(bytes: number): void {
  assert(Number.isSafeInteger(bytes) && bytes >= 0, `a number of bytes, got ${bytes}`);
}
