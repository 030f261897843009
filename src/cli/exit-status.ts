/** What `mm` exits with when its work is done. */
import type { ProfileResult } from "../commands/index.ts";
import type { Finished } from "./messages.ts";

const SOME_REFUSED = 1;
const GATE_FAILED = 3;
/** As shells say it: 128 and the number of the signal. */
const SIGNALLED = 128;

/** 0, or that of the program it ran; 1 where some inputs were refused, 3 where a gate failed. */
export function exitStatusOf(finished: Finished): number {
  if (finished.command === "profile") return profileStatus(finished.report.result);
  if (finished.command === "parse") return finished.report.result.failedFiles > 0 ? SOME_REFUSED : 0;
  return finished.command === "run" ? (finished.report.result.exitCode ?? 0) : 0;
}

function profileStatus({ gates, exitCode, signal }: ProfileResult): number {
  if (gates.some(({ passed }) => !passed)) return GATE_FAILED;
  return signal === null ? (exitCode ?? 0) : SIGNALLED + signal;
}
