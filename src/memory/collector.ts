import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import type { PressureLadder } from "./ladder.ts";
import { readProcessTree } from "./procfs.ts";

/** Caches are emptied until this much of the limit is reserved. */
const KEPT_SHARE = 0.7;

/** Empties caches and gives free heap back to the kernel, once each time the ledger fills past a share of its limit. */
export class Collector {
  readonly #budget: Budget;
  readonly #ladder: PressureLadder;
  readonly #share: number;
  #isAbove = false;

  constructor(budget: Budget, ladder: PressureLadder, share: number) {
    this.#budget = budget;
    this.#ladder = ladder;
    this.#share = share;
  }

  /** Looks at the ledger; called with every sample. */
  check(): void {
    const { reservedBytes, limitBytes } = this.#budget;
    const wasAbove = this.#isAbove;
    this.#isAbove = reservedBytes > limitBytes * this.#share;
    if (this.#isAbove && !wasAbove) this.collect();
  }

  collect(): void {
    const { reservedBytes, limitBytes } = this.#budget;
    this.#ladder.drop(Math.max(0, reservedBytes - Math.floor(limitBytes * KEPT_SHARE)), "ledger");
    const before = readProcessTree(process.pid).ownBytes;
    binding.trimHeap();
    const freedBytes = Math.max(0, before - readProcessTree(process.pid).ownBytes);
    this.#ladder.record({ step: "drop", name: "free heap" }, "ledger", freedBytes);
  }
}
