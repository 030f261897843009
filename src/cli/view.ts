import type { ChalkInstance } from "chalk";
import type { CommandEvent, MemoryPlan } from "../commands/index.ts";
import type { Invocation } from "./invocation.ts";
import type { Failure, Finished, StopSignal } from "./messages.ts";

/** Shows one run. Everything goes to stderr, but what was asked for as data. */
export type View = {
  readonly event: (event: CommandEvent) => void;
  /** A signal came, and the command was asked to end. */
  readonly stopping: (signal: StopSignal) => void;
  /** The whole plan, as the answer to --dry-run: on stdout. */
  readonly planned: (plan: MemoryPlan) => void;
  readonly finished: (finished: Finished) => void;
  readonly failed: (failure: Failure) => void;
  /** Takes down what is live on the terminal. May be called at any time, also twice. */
  readonly close: () => void;
};

export type ViewOptions = Pick<Invocation, "command" | "output" | "presentation" | "out" | "err"> & {
  readonly palettes: { readonly out: ChalkInstance; readonly err: ChalkInstance };
};
