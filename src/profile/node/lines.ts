import { isCount, isText } from "../../base/index.ts";
import type { CaptureEvent } from "../capture/index.ts";

/** Of the isolate's row: what follows the time. */
const FIGURES = 10;
const LONGEST_TEXT = 200;

/** One line of an isolate's file, without what its name says. Times are milliseconds of CLOCK_MONOTONIC. */
export type NodeLine =
  | { readonly type: "row"; readonly atMs: number; readonly figures: readonly number[] }
  | Pick<Extract<CaptureEvent, { type: "gc" }>, "type" | "atMs" | "kind" | "durationMs" | "beforeBytes" | "afterBytes">
  | { readonly type: "mark"; readonly atMs: number; readonly name: string };

/** Anybody may have written it: undefined for what is not one of the lines of watch.cts. */
export function readNodeLine(text: string): NodeLine | undefined {
  const values = parsed(text);
  if (!Array.isArray(values)) return undefined;
  const [letter, atMs, ...rest]: unknown[] = values;
  if (!isTime(atMs)) return undefined;
  if (letter === "r") return rest.length === FIGURES && rest.every(isCount) ? { type: "row", atMs, figures: rest } : undefined;
  if (letter === "m") return isText(rest[0]) ? { type: "mark", atMs, name: rest[0].slice(0, LONGEST_TEXT) } : undefined;
  if (letter !== "g") return undefined;
  const [kind, durationMs, beforeBytes, afterBytes] = rest;
  if (!isKind(kind) || !isTime(durationMs) || !isCount(beforeBytes) || !isCount(afterBytes)) return undefined;
  return { type: "gc", atMs, kind, durationMs, beforeBytes, afterBytes };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isKind(value: unknown): value is "minor" | "major" | "incremental" | "weakcb" {
  return value === "minor" || value === "major" || value === "incremental" || value === "weakcb";
}
