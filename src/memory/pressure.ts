/** How near a limit something is: ok below 80 %, warning from 80 %, critical from 95 %. */
export type PressureLevel = "ok" | "warning" | "critical";

/** Shares of a limit at which a level begins; it ends HYSTERESIS below, so a value that hovers does not flap. */
const WARNING_SHARE = 0.8;
const CRITICAL_SHARE = 0.95;
const HYSTERESIS_SHARE = 0.05;

/** The level of one quantity against its limit, with hysteresis. */
export class PressureGauge {
  #level: PressureLevel = "ok";

  get level(): PressureLevel {
    return this.#level;
  }

  /** @returns the level after seeing that `share` of the limit is used (1 = all of it) */
  update(share: number): PressureLevel {
    const critical = this.#level === "critical" ? CRITICAL_SHARE - HYSTERESIS_SHARE : CRITICAL_SHARE;
    const warning = this.#level === "ok" ? WARNING_SHARE : WARNING_SHARE - HYSTERESIS_SHARE;
    if (share >= critical) this.#level = "critical";
    else if (share >= warning) this.#level = "warning";
    else this.#level = "ok";
    return this.#level;
  }
}
