/** `mm parse`: DDEX messages to records, many messages side by side. */
import { Scope, systemClock } from "../base/index.ts";
import { checkFields, csvHeader, openMessageParser, RetryingParser } from "../ddex/index.ts";
import { findInputFiles, type InputFile } from "../io/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { type JobCore, NO_CHILDREN, openJobCore, reportOf, withStats } from "./job-core.ts";
import { claimForSpeed } from "./job-turn.ts";
import { parseFailure } from "./parse-failure.ts";
import { batchesOf, isPlain, MessageOpener } from "./parse-input.ts";
import { type ParsePlan, planParse, TABLES_BYTES } from "./parse-plan.ts";
import type { ParseResult } from "./parse-result.ts";
import { ParseRun } from "./parse-run.ts";
import type { ParseSettings } from "./parse-settings.ts";
import { ParseTarget } from "./parse-target.ts";
import { ParseTotals } from "./parse-totals.ts";

/** Of the files that are taken out of folders. */
const ENDINGS = [".xml", ".xml.gz"];

type Work = {
  readonly settings: ParseSettings;
  readonly context: CommandContext;
  readonly job: JobCore;
  readonly files: readonly InputFile[];
  readonly target: ParseTarget;
  readonly plan: ParsePlan;
};

/** @throws MmError of any class; of outputs only those are left that are whole */
export async function parse(settings: ParseSettings, context: CommandContext): Promise<Report<ParseResult>> {
  const startedMs = systemClock.nowMs();
  checkFields(settings.fields);
  const files = await findInputFiles(settings.inputs, ENDINGS, settings.continuesOnError);
  await using scope = new Scope();
  const target = scope.use(new ParseTarget(settings, files));
  const job = await openJobCore(settings, { ...NO_CHILDREN, command: "parse", temporary: target.temporary }, context, scope);
  const { core, share } = job;
  return await withStats(core, context, async () => {
    // Where the disk is memory, what waits there would have to be planned with.
    const canPark = !target.isShared || (settings.memory.spillsToDisk && core.spill.warning === undefined);
    const plan = await claimForSpeed({ ...job, context }, (within) => planParse(settings, core, within, files, canPark));
    context.emit({ type: "plan", plan: plan.memory });
    core.settle({ limit: share.limit, plannedPeakBytes: plan.memory.plannedPeakBytes });
    if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
    const result = settings.dryRun ? nothing(plan) : await read({ settings, context, job, files, target, plan });
    return reportOf("parse", core, result, startedMs);
  });
}

async function read(work: Work): Promise<ParseResult> {
  const { settings, context, job, files, target, plan } = work;
  const startedMs = systemClock.nowMs();
  await using scope = new Scope();
  scope.use(job.core.budget.reserve(TABLES_BYTES, "ddex.tables"));
  const lanes = openLanes(work, scope);
  const { signal, meter, core } = job;
  const outputs = target.open({ jobs: plan.jobs, header: csvHeader(settings.table), core, signal });
  const opener = new MessageOpener(settings, job);
  // Of what is packed or a pipe nobody knows how much will come.
  const isKnown = files.every(isPlain);
  const totalBytes = isKnown ? files.reduce((sum, { byteLength }) => sum + byteLength, 0) : 0;
  const run = new ParseRun({
    ...{ settings, signal, emit: context.emit, lanes, outputs, opener },
    batches: batchesOf(files, plan.batchMessages),
    nameOf: (file) => target.nameOf(file),
    limitFor: plan.limitFor,
    onProgress: () => {
      const progress = lanes.map((lane) => lane.progress);
      meter.releases = progress.reduce((sum, { releases }) => sum + releases, 0);
      meter.progressed(
        "parse",
        progress.reduce((sum, { bytes }) => sum + bytes, 0),
        totalBytes,
      );
    },
  });
  try {
    await run.run();
    await target.publish();
  } catch (error) {
    // Whoever read the pipe has seen enough.
    if (!target.isReaderGone(error)) throw parseFailure(error, signal);
  }
  return resultOf(run.totals, lanes, plan, systemClock.nowMs() - startedMs, core.spill.peakBytes);
}

function openLanes({ settings, job: { core }, target, plan }: Work, scope: Scope): readonly RetryingParser[] {
  const { mode, format, table, chunkBytes, bufferBytes, flushThreshold, maxDepth, maxElements } = settings;
  const reading = { mode, format, table, chunkBytes, bufferBytes, flushThreshold, maxDepth, maxElements };
  const open = (grantBytes: number) => {
    const segment = core.segment(core.budget, "ddex.parser", grantBytes);
    // More than planned for a message that lacked memory.
    core.revisePlan(core.budget.reservedBytes);
    return openMessageParser(segment, { mode, fields: settings.fields, directory: target.temporary });
  };
  // Beside others some is left for what waits for its turn.
  const parts = plan.jobs === 1 ? 1 : plan.jobs + 1;
  const lendDisk = () => core.spill.lend(settings.memory.spillsToDisk ? parts : Number.POSITIVE_INFINITY);
  return Array.from({ length: plan.jobs }, () => {
    return scope.use(new RetryingParser(open, plan.grantBytes, lendDisk, reading, settings.retries));
  });
}

function resultOf(
  totals: ParseTotals,
  lanes: readonly RetryingParser[],
  { jobs }: ParsePlan,
  elapsedMs: number,
  spilledPeakBytes: number,
): ParseResult {
  const { files, failedFiles, outputBytes, counts } = totals;
  return {
    files,
    failedFiles,
    ...counts,
    outputBytes,
    bytesPerSecond: elapsedMs > 0 ? Math.round((1000 * counts.bytes) / elapsedMs) : 0,
    retries: lanes.reduce((sum, { retried }) => sum + retried, 0),
    jobs,
    diskPeakBytes: lanes.reduce((sum, { progress }) => sum + progress.diskPeakBytes, spilledPeakBytes),
  };
}

/** Of a dry run. */
function nothing(plan: ParsePlan): ParseResult {
  return resultOf(new ParseTotals(), [], plan, 0, 0);
}
