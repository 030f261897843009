import { assert, type Clock } from "../base/index.ts";

/** What raised the pressure: our own ledger, the measured tree, the cgroup's figures, refaults of program text, or stall time. */
export type PressureCause = "ledger" | "resident" | "cgroup" | "refault" | "stall";

/** The rungs in the order they are tried. */
export const LADDER_STEPS = ["refuse", "slow", "drop", "compress", "spill", "shrink", "stop"] as const;
export type LadderStepName = (typeof LADDER_STEPS)[number];

/** These cost next to nothing, and take effect whether they free bytes or not. */
const MILD_STEPS: ReadonlySet<LadderStepName> = new Set(["refuse", "slow", "drop"]);

/** These change what a running job works with. */
const ADAPTIVE_STEPS: ReadonlySet<LadderStepName> = new Set(["slow", "shrink"]);

type Actor = {
  /** Shown in the report: "mapped windows", "lanes". */
  readonly name: string;
  /** Undoes the step when the pressure is over; absent where there is nothing to undo. */
  readonly ease?: () => void;
};

/** Someone who can act on a rung. `act` returns the bytes it truly freed; dropping must not wait and must not allocate. */
export type LadderStep = Actor &
  (
    | { readonly step: "refuse" | "slow" | "drop"; readonly act: (wantedBytes: number, cause: PressureCause) => number }
    | {
        readonly step: "compress" | "spill" | "shrink" | "stop";
        readonly act: (wantedBytes: number, cause: PressureCause) => Promise<number>;
      }
  );

/** One line of the report's `steps`: all runs of one actor for one cause. */
export type LadderRecord = {
  readonly step: LadderStepName;
  readonly name: string;
  readonly cause: PressureCause;
  /** Bytes freed by all runs together. */
  readonly freedBytes: number;
  readonly times: number;
  /** When it first ran, in milliseconds of the core's clock. */
  readonly atMs: number;
};

/**
 * The memory ladder: who can give memory back, in the order of how much it hurts. Refusing, slowing and dropping cost next to
 * nothing and run at every call; the rungs above run only while fewer bytes than wanted are free.
 * A full ledger is no emergency, because its waiters wait: for the cause "ledger" only drop, compress and spill are tried.
 */
export class PressureLadder {
  readonly #clock: Clock;
  readonly #isAdaptive: boolean;
  readonly #actors: LadderStep[] = [];
  readonly #records = new Map<string, { -readonly [Key in keyof LadderRecord]: LadderRecord[Key] }>();
  #running: Promise<number> | undefined;

  /** @param isAdaptive whether the rungs "slow" and "shrink" are climbed */
  constructor(clock: Clock, isAdaptive = true) {
    this.#clock = clock;
    this.#isAdaptive = isAdaptive;
  }

  /** Registers an actor; disposing removes it. Actors of one rung run in the order they came. */
  on(actor: LadderStep): Disposable {
    this.#actors.push(actor);
    this.#actors.sort((a, b) => LADDER_STEPS.indexOf(a.step) - LADDER_STEPS.indexOf(b.step));
    return {
      [Symbol.dispose]: () => {
        const index = this.#actors.indexOf(actor);
        if (index !== -1) this.#actors.splice(index, 1);
      },
    };
  }

  /** What was done so far, in order of first use. */
  get steps(): LadderRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record }));
  }

  /** Drops caches and windows without waiting, until `wantedBytes` are free. @returns bytes freed */
  drop(wantedBytes: number, cause: PressureCause): number {
    let freed = 0;
    for (const actor of this.#actors.filter((each) => each.step === "drop")) {
      if (freed >= wantedBytes) break;
      if (actor.step === "drop") freed += this.record(actor, cause, actor.act(wantedBytes - freed, cause));
    }
    return freed;
  }

  /** Climbs the ladder. One climb runs at a time; who asks meanwhile gets the running one's result. @returns bytes freed */
  relieve(wantedBytes: number, cause: PressureCause): Promise<number> {
    this.#running ??= this.#climb(wantedBytes, cause).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The pressure is over: what was refused or slowed goes on. */
  ease(): void {
    for (const actor of this.#actors) actor.ease?.();
  }

  /** Puts on record what was done. @returns the bytes it freed */
  record(actor: Pick<LadderStep, "step" | "name">, cause: PressureCause, freedBytes: number): number {
    assert(Number.isSafeInteger(freedBytes) && freedBytes >= 0, `ladder step ${actor.step} "${actor.name}" freed ${freedBytes} B`);
    // Asked in vain is no step: the report would speak of a stop that nobody saw.
    if (freedBytes === 0 && !MILD_STEPS.has(actor.step)) return 0;
    const key = `${actor.step} ${actor.name} ${cause}`;
    const record = this.#records.get(key);
    if (record === undefined) {
      this.#records.set(key, { step: actor.step, name: actor.name, cause, freedBytes, times: 1, atMs: Math.round(this.#clock.nowMs()) });
    } else {
      record.freedBytes += freedBytes;
      record.times += 1;
    }
    return freedBytes;
  }

  async #climb(wantedBytes: number, cause: PressureCause): Promise<number> {
    let freed = 0;
    for (const actor of [...this.#actors]) {
      if (!this.#isAdaptive && ADAPTIVE_STEPS.has(actor.step)) continue;
      if (cause === "ledger" && !["drop", "compress", "spill"].includes(actor.step)) continue;
      if (!MILD_STEPS.has(actor.step) && freed >= wantedBytes) break;
      freed += this.record(actor, cause, await actor.act(Math.max(0, wantedBytes - freed), cause));
    }
    return freed;
  }
}
