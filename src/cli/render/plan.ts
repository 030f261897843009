import type { ChalkInstance } from "chalk";
import { bytesAsFlag, formatBytes, printable } from "../../base/index.ts";
import type { MemoryPlan } from "../../commands/index.ts";
import { alignColumns, alignFacts, type Fact, NAME_WIDTH } from "./columns.ts";

/** The limit's source in the user's words. */
const LIMIT_SOURCES = {
  flag: "--max-memory",
  env: "MM_MAX_MEMORY",
  config: "the config file",
  preset: "the memory preset",
  cgroup: "the memory cgroup",
  physical: "the machine's memory",
} as const satisfies Record<MemoryPlan["limit"]["source"], string>;

/** Facts shown before a normal run; the rest is for -v and --dry-run. */
const COMPACT_FACTS = 3;

/** Three to six lines: what will run, what it will need, what was lowered for it. */
export function compactPlan(plan: MemoryPlan, palette: ChalkInstance): string[] {
  const { limit, plannedPeakBytes, lowered } = plan;
  const of = `${formatBytes(plannedPeakBytes)} planned of ${formatBytes(limit.limitBytes)} (${LIMIT_SOURCES[limit.source]})${plan.memoryEstimated ? ", memory estimated" : ""}`;
  const facts = [...planFacts(plan).slice(0, COMPACT_FACTS), { name: "memory", text: of }];
  if (lowered.length > 0) {
    const changes = lowered.map((each) => `${each.setting} ${each.from} to ${each.to}`).join(", ");
    facts.push({ name: "lowered", text: `${printable(changes)} (-v shows the price, --keep-settings refuses)` });
  }
  return alignFacts(facts, palette, "", NAME_WIDTH);
}

/** The whole plan: facts, the sum with its reasons, the limit and what is taken off it, and what was lowered at which price. */
export function fullPlan(plan: MemoryPlan, palette: ChalkInstance): string[] {
  const { limit, minimumLimitBytes } = plan;
  return [
    ...alignFacts(planFacts(plan), palette),
    "",
    palette.bold(`memory ${plan.memoryEstimated ? "estimated" : "planned"}`),
    ...indented(
      sumRows(
        plan.lines.map((line) => [formatBytes(line.bytes), line.tag, printable(line.because)]),
        [formatBytes(plan.plannedPeakBytes), "planned peak", ""],
      ),
    ),
    "",
    palette.bold("limit"),
    ...indented(
      sumRows(
        limit.lines.map((line) => [formatBytes(line.bytes), printable(line.what)]),
        [formatBytes(limit.budgetBytes), "for this job"],
      ),
    ),
    ...loweredLines(plan, palette),
    "",
    `smallest limit for this job: --max-memory ${bytesAsFlag(minimumLimitBytes)}`,
  ];
}

function planFacts(plan: MemoryPlan): Fact[] {
  return plan.facts.map((fact) => ({ name: printable(fact.name), text: printable(fact.text) }));
}

function loweredLines({ lowered, savedBytes }: MemoryPlan, palette: ChalkInstance): string[] {
  if (lowered.length === 0) return [];
  const rows = lowered.map((each) => [each.setting, `${each.from} to ${each.to}`, `price: ${each.price}`]);
  return ["", palette.bold(`lowered to fit the limit, saves ${formatBytes(savedBytes)}`), ...indented(alignColumns(rows).map(printable))];
}

/** Amounts align right, and a rule stands above the total. */
function sumRows(rows: readonly (readonly string[])[], total: readonly string[]): string[] {
  const lines = alignColumns([...rows, total], [0]);
  const width = Math.max(...[...rows, total].map(([amount = ""]) => amount.length));
  return [...lines.slice(0, -1), "─".repeat(width), ...lines.slice(-1)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
