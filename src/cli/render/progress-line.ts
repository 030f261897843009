import type { ChalkInstance } from "chalk";
import { formatBytes } from "../../base/index.ts";
import type { Progress } from "../../commands/index.ts";

const WIDEST_BAR = 40;
const NARROWEST_BAR = 12;

/**
 * "encode  ━━━━────  62 %  224 of 360 frames  31.2 fps  1.04x  ETA 0:04  memory 212.4 MiB of 300.0 MiB  2 lanes" on `columns` columns.
 * What does not fit is left out, the least telling part first; the bar takes what remains. While the total is unknown there is no bar.
 */
export function progressLine(progress: Progress, columns: number, palette: ChalkInstance, hasMemoryLine: boolean): string {
  const head = progress.phase.padEnd(6);
  if (progress.total <= 0) return [head, ...fittingParts(progress, columns - head.length, hasMemoryLine)].join("  ").slice(0, columns);
  const share = Math.min(1, progress.done / progress.total);
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  const tail = fittingParts(progress, columns - head.length - percent.length - NARROWEST_BAR - 4, hasMemoryLine);
  const end = [percent, ...tail].join("  ");
  const barColumns = Math.min(WIDEST_BAR, columns - head.length - end.length - 4);
  if (barColumns < NARROWEST_BAR) return `${head}${percent}`.slice(0, columns);
  return `${head}  ${bar(share, barColumns, palette)}  ${end}`;
}

function bar(share: number, columns: number, palette: ChalkInstance): string {
  const full = Math.floor(share * columns);
  return palette.cyan("━".repeat(full)) + palette.dim("─".repeat(columns - full));
}

/** The parts in reading order, chosen in order of worth. */
function fittingParts(progress: Progress, columns: number, hasMemoryLine: boolean): string[] {
  const { unit, etaSeconds, fps, speed, lanes, memoryBytes, limitBytes, bytesPerSecond, releases } = progress;
  const count =
    unit === "bytes"
      ? `${formatBytes(progress.done)}${progress.total > 0 ? ` of ${formatBytes(progress.total)}` : ""}`
      : `${grouped(progress.done).padStart(grouped(progress.total).length)} of ${grouped(progress.total)} ${unit}`;
  const parts = [
    { worth: 3, text: count },
    { worth: 4, text: fps > 0 ? `${fps.toFixed(1)} fps` : "" },
    { worth: 4, text: bytesPerSecond > 0 ? `${formatBytes(bytesPerSecond)}/s` : "" },
    { worth: 5, text: releases === undefined ? "" : `${grouped(releases)} releases` },
    { worth: 5, text: speed > 0 ? `${speed.toFixed(2)}x` : "" },
    { worth: 1, text: etaSeconds === undefined ? "" : `ETA ${clock(etaSeconds)}` },
    { worth: 2, text: hasMemoryLine ? "" : memoryText(memoryBytes, limitBytes) },
    { worth: 6, text: lanes > 0 ? `${lanes} ${lanes === 1 ? "lane" : "lanes"}` : "" },
  ].filter((part) => part.text !== "");
  let free = columns;
  const chosen = new Set<string>();
  for (const part of [...parts].sort((a, b) => a.worth - b.worth)) {
    if (part.text.length + 2 > free) continue;
    free -= part.text.length + 2;
    chosen.add(part.text);
  }
  return parts.map((part) => part.text).filter((text) => chosen.has(text));
}

/** "0:07", "1:02:45": whole seconds, so that it does not flicker. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), String(whole % 60).padStart(2, "0")];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function memoryText(memoryBytes: number, limitBytes: number): string {
  if (memoryBytes <= 0) return "";
  return `memory ${formatBytes(memoryBytes)}${limitBytes > 0 ? ` of ${formatBytes(limitBytes)}` : ""}`;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
