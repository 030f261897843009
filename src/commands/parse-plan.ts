/** The memory of `mm parse`: how many messages are read at once, and what each of their parsers works in. */
import { formatBytes, MIB } from "../base/index.ts";
import { fewestParserBytes, type ParserSizes, wantedParserBytes } from "../ddex/index.ts";
import type { InputFile } from "../io/index.ts";
import { cpuQuota, type MemoryCore, type MemoryLimit, readSystemLimits } from "../memory/index.ts";
import type { MemoryPlan, MemoryPlanLine } from "./command.ts";
import { heldLines, limitHint, overLimit, sumOf } from "./over-limit.ts";
import { batchesOf, isPlain } from "./parse-input.ts";
import type { ParseSettings } from "./parse-settings.ts";
import { stagePlan } from "./stage-plan.ts";

export type ParsePlan = {
  readonly memory: MemoryPlan;
  readonly jobs: number;
  /** Of one job. */
  readonly grantBytes: number;
  /** Messages that are open at once in one job. */
  readonly batchMessages: number;
  /** What to type for a message that needs so much. */
  readonly limitFor: (grantBytes: number) => { readonly hint: string; readonly smallestLimitBytes: number };
};

const OWN_REASONS = {
  "runtime.baseline": "Node and mm before any work",
  "runtime.heap": "growth of the JavaScript heap",
  "spill.tmpfs": "messages unpacked to a disk that is memory",
};
/** Of what is unpacked or waits for its turn, on its way to the disk or from there. */
const IO_BYTES = 2 * MIB;
/** By so much more than that of other jobs the V8 heap grows while the field tables are compiled (measured: up to 4.1 MiB in 18 runs). */
export const TABLES_BYTES = 4.25 * MIB;
/** In one call of a parser. Processor time of 10,000 messages of 11 kB: 2.9 s in calls of 8, 1.9 s of 32, 1.4 s of 128 and of 512. */
const MOST_BATCH_MESSAGES = 128;
/** Descriptors of Node, of the spill, of the outputs. */
const OTHER_FILES = 64;

/** @param canPark - whether records may wait on disk for those of messages before them */
export function planParse(
  settings: ParseSettings,
  core: MemoryCore,
  limit: MemoryLimit,
  files: readonly InputFile[],
  canPark: boolean,
): ParsePlan {
  const { budget } = core;
  const held = { limit, ownLines: heldLines(budget, OWN_REASONS) };
  const freeBytes = limit.budgetBytes - budget.reservedBytes - TABLES_BYTES - IO_BYTES;
  const sizes = parserSizes(settings, files);
  const fewestBytes = fewestParserBytes(sizes);
  const others = [
    { tag: "ddex.tables", bytes: TABLES_BYTES, because: "what fields are read, and where from" },
    { tag: "io.parse", bytes: IO_BYTES, because: "what is unpacked, and records that wait for their turn, on their way" },
  ];
  const fewest = [parserLine(fewestBytes, 1), ...others];
  if (freeBytes < fewestBytes) throw overLimit(held, fewest, "at least", "");
  const most = canPark ? mostJobs(settings, files) : 1;
  const jobs = Math.max(1, Math.min(most, Math.floor(freeBytes / fewestBytes)));
  const grantBytes = Math.min(Math.floor(freeBytes / jobs), wantedParserBytes(sizes));
  return {
    memory: stagePlan(
      held,
      [parserLine(grantBytes, jobs), ...others],
      { ...parserLine(fewestBytes, 1), bytes: sumOf(fewest) },
      factsOf(settings, files, jobs),
    ),
    jobs,
    grantBytes,
    batchMessages: batchMessages(jobs),
    limitFor: (bytes) => {
      const alone = limitHint([{ bytes }, ...others], held);
      if (jobs === 1) return alone;
      return { ...alone, hint: bytes <= freeBytes ? "--jobs 1" : `${alone.hint}, with --jobs 1` };
    },
  };
}

function parserLine(bytes: number, jobs: number): MemoryPlanLine {
  const because = "what is read, the index of its composites, records that others refer to, and output";
  return { tag: "ddex.parser", bytes: bytes * jobs, because: jobs === 1 ? because : `${jobs} of ${formatBytes(bytes)}: ${because}` };
}

function parserSizes({ chunkBytes, bufferBytes, maxDepth, mode, memory }: ParseSettings, files: readonly InputFile[]): ParserSizes {
  const isKnown = files.every(isPlain);
  const largestBytes = isKnown ? files.reduce((most, { byteLength }) => Math.max(most, byteLength), 0) : undefined;
  return { chunkBytes, bufferBytes, maxDepth, mode, largestBytes, cacheBytes: memory.cacheBytes };
}

function mostJobs({ jobs, threads }: ParseSettings, files: readonly InputFile[]): number {
  const batches = [...batchesOf(files, batchMessages(1))].length;
  return Math.min(jobs ?? threads ?? cpuQuota().count, batches);
}

/** Each may have an output of its own. */
function batchMessages(jobs: number): number {
  const openFiles = (readSystemLimits().openFiles ?? Number.POSITIVE_INFINITY) - OTHER_FILES;
  return Math.max(1, Math.min(MOST_BATCH_MESSAGES, Math.floor(openFiles / (2 * jobs))));
}

function factsOf(settings: ParseSettings, files: readonly InputFile[], jobs: number): MemoryPlan["facts"] {
  const { output, directory, format, table, mode } = settings;
  const bytes = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const name = files.length === 1 ? (files[0]?.path ?? "") : `${files.length} files`;
  const target = directory ?? (output === "-" ? "stdout" : output);
  return [
    { name: "input", text: `${name === "-" ? "standard input" : name}${bytes > 0 ? `, ${formatBytes(bytes)}` : ""}` },
    { name: "records", text: `${mode}, ${format}${format === "csv" ? ` of ${table}` : ""}, to ${target}` },
    { name: "jobs", text: `${jobs}` },
  ];
}
