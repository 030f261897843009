/** How near a limit something is. */
export type PressureLevel = "ok" | "warning" | "critical";

/** Shares of a limit at which a level begins. */
export type PressureShares = { readonly warning: number; readonly critical: number };

export const DEFAULT_PRESSURE_SHARES: PressureShares = { warning: 0.8, critical: 0.95 };

/** A level ends this far below where it begins, so a value that hovers does not flap. */
const HYSTERESIS_SHARE = 0.05;

/** The level of one quantity against its limit, with hysteresis. */
export class PressureGauge {
  readonly #shares: PressureShares;
  #level: PressureLevel = "ok";

  constructor(shares: PressureShares = DEFAULT_PRESSURE_SHARES) {
    this.#shares = shares;
  }

  get level(): PressureLevel {
    return this.#level;
  }

  /** @returns the level after seeing that `share` of the limit is used (1 = all of it) */
  update(share: number): PressureLevel {
    const critical = this.#level === "critical" ? HYSTERESIS_SHARE : 0;
    const warning = this.#level === "ok" ? 0 : HYSTERESIS_SHARE;
    if (share >= this.#shares.critical - critical) this.#level = "critical";
    else if (share >= this.#shares.warning - warning) this.#level = "warning";
    else this.#level = "ok";
    return this.#level;
  }
}
