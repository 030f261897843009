/** Signals that mm gets while a command of the user's runs under it. */
import { CancelledError } from "../base/index.ts";
import { isInForeground } from "../process/index.ts";

/**
 * Ctrl-C in a terminal goes to the whole foreground group, the command in it, so that mm only waits then. Any other signal goes to mm alone, and
 * is passed on.
 */
export function passSignal(reason: unknown, command: { signal(name: NodeJS.Signals): void }): void {
  const name = reason instanceof CancelledError && reason.exitCode === 130 ? "SIGINT" : "SIGTERM";
  if (name !== "SIGINT" || !isInForeground()) command.signal(name);
}
