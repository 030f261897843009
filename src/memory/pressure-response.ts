import type { Clock } from "../base/index.ts";
import type { PressureLadder } from "./ladder.ts";
import type { PressureLevel } from "./pressure.ts";
import type { Pressure } from "./pressure-judge.ts";

/** A child that was stopped needs this long to leave the measurements. */
const SETTLE_MS = 250;

/**
 * Turns measured pressure into relief: the cheap rungs once when the level becomes critical, the whole ladder as long as bytes
 * are wanted back, and ease when the level is ok again.
 */
export class PressureResponse {
  readonly #ladder: PressureLadder;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #level: PressureLevel = "ok";
  #climbing = false;
  #settledAtMs = 0;
  #acted = false;

  /** @param onFailure hears of a rung that failed: the job cannot go on */
  constructor(ladder: PressureLadder, clock: Clock, onFailure: (error: unknown) => void) {
    this.#ladder = ladder;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** True once measurements, not the ledger, had to hold the limit. */
  get acted(): boolean {
    return this.#acted;
  }

  respond(pressure: Pressure): void {
    const before = this.#level;
    this.#level = pressure.level;
    if (pressure.level === "ok" && before !== "ok") this.#ladder.ease();
    const isEntry = pressure.level === "critical" && before !== "critical";
    const isUrgent = pressure.wantedBytes > 0 && this.#clock.nowMs() >= this.#settledAtMs;
    if (this.#climbing || !(isEntry || isUrgent)) return;
    this.#climbing = true;
    this.#climb(pressure).catch(this.#onFailure);
  }

  async #climb({ wantedBytes, cause }: Pressure): Promise<void> {
    try {
      const freedBytes = await this.#ladder.relieve(wantedBytes, cause);
      if (wantedBytes > 0 && freedBytes > 0) this.#acted = true;
    } finally {
      this.#climbing = false;
      this.#settledAtMs = this.#clock.nowMs() + SETTLE_MS;
    }
  }
}
