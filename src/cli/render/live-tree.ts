/** The tree of a command that is being profiled, as lines for a terminal. */
import type { ChalkInstance } from "chalk";
import { formatBytes, formatSeconds, printable, sparkline } from "../../base/index.ts";
import type { LiveProcess, LiveTree } from "../../commands/index.ts";

const BAR_COLUMNS = 20;
/** Above these shares of the limit the bar turns yellow and red. */
const WARNING_SHARE = 0.8;
const CRITICAL_SHARE = 0.95;
const LARGEST_NAME = 24;
const SHOWN_PROCESSES = 10;

/**
 * A bar against the limit with the recent past beside it, then a row for each of the largest processes.
 *
 * @returns lines of at most `columns`, two at least
 */
export function liveTreeLines(tree: LiveTree, columns: number, palette: ChalkInstance): string[] {
  const rows = tree.processes.slice(0, SHOWN_PROCESSES);
  const more = tree.processCount - rows.length;
  const head = palette.dim("used        cores  process".slice(0, columns));
  return [
    totalLine(tree, columns, palette),
    head,
    ...rows.map((row) => processLine(row, columns)),
    ...(more > 0 ? [palette.dim(`and ${more} more`.slice(0, columns))] : []),
  ];
}

/** For where nothing can be redrawn: "12.0 s  used 212.4 MiB  peak 251.0 MiB  3 processes". */
export function plainTreeLine({ atMs, usedBytes, peakBytes, processCount, leak }: LiveTree): string {
  const count = `${processCount} ${processCount === 1 ? "process" : "processes"}`;
  const parts = [formatSeconds(atMs / 1000), `used ${formatBytes(usedBytes)}`, `peak ${formatBytes(peakBytes)}`, count, ...leakWords(leak)];
  return parts.join("  ");
}

function totalLine(tree: LiveTree, columns: number, palette: ChalkInstance): string {
  const { usedBytes, peakBytes, limitBytes, trace, atMs } = tree;
  const share = limitBytes > 0 ? usedBytes / limitBytes : 0;
  const colour = share > CRITICAL_SHARE ? palette.red : share > WARNING_SHARE ? palette.yellow : palette.green;
  const text = `${formatBytes(usedBytes)} of ${formatBytes(limitBytes)}  peak ${formatBytes(peakBytes)}  ${formatSeconds(atMs / 1000)}`;
  const tail = [text, ...leakWords(tree.leak)].join("  ");
  const free = columns - tail.length - 2;
  if (free < BAR_COLUMNS) return tail.slice(0, columns);
  const full = Math.min(BAR_COLUMNS, Math.round(share * BAR_COLUMNS));
  const bar = colour("━".repeat(full)) + palette.dim("─".repeat(BAR_COLUMNS - full));
  const cells = trace.slice(-Math.max(0, free - BAR_COLUMNS - 2));
  return [bar, tail, ...(cells.length > 0 ? [palette.cyan(sparkline(cells, peakBytes))] : [])].join("  ");
}

/** Only what is more than noise. */
function leakWords(leak: LiveTree["leak"]): string[] {
  return leak === "leak" ? ["leaking"] : leak === "growing" ? ["growing"] : [];
}

function processLine(row: LiveProcess, columns: number): string {
  const name = printable(row.name).slice(0, LARGEST_NAME);
  const inside = insideOf(row);
  const text = `${formatBytes(row.usedBytes).padStart(10)}  ${row.cores.toFixed(2).padStart(5)}  ${"  ".repeat(Math.min(row.depth, 6))}${name} ${row.pid}`;
  return `${text}${inside === "" ? "" : `  ${inside}`}`.slice(0, columns);
}

/** What is known of its inside: the V8 heap, or the ledger and pools of an mm job. */
function insideOf({ heapUsedBytes, heapLimitBytes, ledgerBytes, poolSlots, poolAvailable }: LiveProcess): string {
  const pools = poolSlots > 0 ? `, ${poolSlots - poolAvailable} of ${poolSlots} slots out` : "";
  if (ledgerBytes > 0) return `ledger ${formatBytes(ledgerBytes)}${pools}`;
  return heapUsedBytes > 0 ? `heap ${formatBytes(heapUsedBytes)} of ${formatBytes(heapLimitBytes)}` : "";
}
