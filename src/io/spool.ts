/** Standard input as a file that can be read from any place: spooled to spill, under its cap, with checksums. */
import { read } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { errnoOf, IoError, MIB } from "../base/index.ts";
import { Arena, type Budget, type Spill, type SpillRun } from "../memory/index.ts";

const STANDARD_INPUT_FD = 0;
const STEP_BYTES = MIB;
const SLOW_WRITER_MS = 5;
const readFrom = promisify(read);

/**
 * @param onBytes - called with the bytes spooled so far
 * @throws DiskLimitError over the cap
 */
export async function spoolStandardInput(
  budget: Budget,
  spill: Spill,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<SpillRun> {
  using arena = new Arena(budget, "io.spool", STEP_BYTES);
  const step = arena.allocate(STEP_BYTES, 64);
  await using writer = spill.createRun("stdin", { isPlain: true });
  for (;;) {
    const bytesRead = await nextBytes(step, signal);
    if (bytesRead === 0) break;
    await writer.append(step.subarray(0, bytesRead));
    onBytes(writer.byteLength);
  }
  return await writer.finish();
}

/** Waits for what a slow writer has yet to write: Node may have made the descriptor non-blocking, which it shares with other programs. */
async function nextBytes(step: Uint8Array, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const { bytesRead } = await readFrom(STANDARD_INPUT_FD, step, 0, step.length, null);
      return bytesRead;
    } catch (cause) {
      if (errnoOf(cause) !== "EAGAIN") throw new IoError("cannot read standard input", { cause, hint: "name a file in place of -" });
    }
    await sleep(SLOW_WRITER_MS);
  }
}
