import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where the addon under test is, for children and Workers that run plain JavaScript. */
export const ADDON_PATH = fileURLToPath(new URL("../../native/build/Release/mm_native.node", import.meta.url));

/** Calls until the condition holds. */
export async function until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** False for a zombie too: it waits for whoever inherited it, and that may take its time. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
