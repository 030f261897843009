/** Processes that still run when the command that started them has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Guest } from "../process/index.ts";
import type { CommandContext } from "./command.ts";
import { holderText, readHolders } from "./run-holders.ts";
import type { GuestWatch } from "./run-watch.ts";

/** A filter behind >(...) still writes when the shell has gone: so long it may, before it is asked to end. */
const FINISHING_MS = 10_000;
const GRACE_MS = 2000;
const ROUND_MS = 10;

/**
 * Waits for them to end by themselves, and says who did not: a limit that nobody watches any more is none, so they cannot stay, as they
 * cannot in a container whose first process has ended.
 *
 * @returns how many are still there
 */
export async function waitForLeftBehind(guest: Guest, command: string, watch: GuestWatch, context: CommandContext): Promise<number> {
  const isOver = () => watch.crossing !== undefined || context.signal.aborted;
  await waitUntilGone(guest, FINISHING_MS, isOver);
  const pids = guest.processes();
  if (pids.length > 0 && !isOver()) {
    const message = `${command} has ended and left ${pids.length === 1 ? "a process" : `${pids.length} processes`} behind: ${holderText(readHolders(pids))}; ended`;
    context.emit({ type: "warning", message });
  }
  return pids.length;
}

/** Asks what is left to end, and kills what does not. */
export async function endLeftBehind(guest: Guest): Promise<void> {
  guest.signalAll("SIGTERM");
  guest.signalAll("SIGCONT");
  await waitUntilGone(guest, GRACE_MS, () => false);
  await guest[Symbol.asyncDispose]();
}

async function waitUntilGone(guest: Guest, patienceMs: number, isOver: () => boolean): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (guest.processes().length > 0 && !isOver() && performance.now() < endMs) await sleep(ROUND_MS);
}
