/** `mm reduce`: plan, read, compare, write, prove, report. */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { formatBytes, Scope, systemClock, UsageError } from "../base/index.ts";
import { checkOutput, type InputState, Workspace } from "../io/index.ts";
import { type ReductionCheckpoint, type ReductionCounts, type ReductionSettings, runReduction } from "../sequence/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { type JobCore, NO_CHILDREN, openJobCore, reportOf, withStats } from "./job-core.ts";
import { claimForSpeed } from "./job-turn.ts";
import { startReductionCheckpoint, withKeptStages } from "./reduce-checkpoint.ts";
import { ReduceInputs, statesOf } from "./reduce-inputs.ts";
import { planReduce, type ReducePlan, reductionSettings } from "./reduce-plan.ts";
import { reduceResult } from "./reduce-result.ts";
import type { ReduceSettings } from "./reduce-settings.ts";
import { verifyIndex, verifyRestored } from "./reduce-verify.ts";
import type { ReduceResult } from "./result.ts";

/** In the order of `outputPaths`. */
const OUTPUT_NAMES = ["representatives", "deltas", "clusters", "index"] as const;

/** What the steps of one reduction share. */
type Work = JobCore & {
  readonly settings: ReduceSettings;
  readonly reduction: ReductionSettings;
  readonly context: CommandContext;
  readonly scope: Scope;
  readonly temporary: string;
  /** Of the outputs, in the order of `outputPaths`; none for a dry run. */
  readonly workspaces: readonly Workspace[];
  readonly checkpoint: ReductionCheckpoint;
};

/** @throws MmError of any class; nothing is left behind then but what the user already had, and a checkpoint where there is one */
export async function reduce(settings: ReduceSettings, context: CommandContext): Promise<Report<ReduceResult>> {
  const startedMs = systemClock.nowMs();
  const outputs = outputPaths(settings);
  if (!settings.dryRun)
    for (const path of outputs)
      for (const input of settings.inputs) checkOutput(path, input === "-" ? undefined : input, settings.overwrite);
  await using scope = new Scope();
  const workspaces = settings.dryRun
    ? []
    : outputs.map((path, at) => scope.use(new Workspace(path, settings.overwrite, at === 0 && settings.resume)));
  const temporary = workspaces[0]?.temporaryFolder(settings.tempDir) ?? settings.tempDir ?? tmpdir();
  const job = await openJobCore(settings, { ...NO_CHILDREN, command: "reduce", temporary }, context, scope);
  return await withStats(job.core, context, async () => {
    const reduction = reductionSettings(settings);
    const checkpoint = await startReductionCheckpoint(settings, reduction, workspaces[0], temporary, context);
    try {
      const result = await planAndRun({ ...job, settings, reduction, context, scope, temporary, workspaces, checkpoint });
      return reportOf("reduce", job.core, result, startedMs);
    } catch (error) {
      throw withKeptStages(error, checkpoint);
    }
  });
}

/** Representatives, deltas, clusters, index. */
function outputPaths({ output, deltas, clusters, fai }: ReduceSettings): readonly string[] {
  const paths = [output, deltas, clusters, ...(fai ? [`${output}.fai`] : [])];
  const same = paths.find((path, at) => paths.findIndex((other) => resolve(other) === resolve(path)) !== at);
  if (same !== undefined) throw new UsageError(`${same} is named for two outputs`, { hint: "name another file for one of them" });
  return paths;
}

async function planAndRun(work: Work): Promise<ReduceResult> {
  const { settings, core, share, context, checkpoint, workspaces } = work;
  const states = statesOf(settings);
  const inputs = await ReduceInputs.open(settings, work, checkpoint, work.scope);
  const plan = await claimForSpeed(work, (within) => planReduce(settings, work.reduction, core, within, inputs));
  context.emit({ type: "plan", plan: plan.memory });
  core.settle({ limit: share.limit, plannedPeakBytes: plan.memory.plannedPeakBytes });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  if (settings.dryRun) return reduceResult(settings, inputs, undefined);
  const counts = await run(work, inputs, plan);
  checkUnchanged(states, checkpoint);
  for (const [at, workspace] of [...workspaces.entries()].reverse()) await workspace.publish(OUTPUT_NAMES[at] ?? "");
  const result = reduceResult(settings, inputs, counts);
  if (result.targetReached === false) context.emit({ type: "warning", message: missedTarget(result) });
  return result;
}

function missedTarget({ representativeBytes, targetBytes, identity }: ReduceResult): string {
  const [bytes, limit] = [formatBytes(representativeBytes), formatBytes(targetBytes ?? 0)];
  return `the representatives take ${bytes}, more than ${limit}, at identity ${identity}, the lowest that is tried`;
}

/** What was found out of an input that changed is of no use. */
function checkUnchanged(states: readonly InputState[], checkpoint: ReductionCheckpoint): void {
  try {
    for (const state of states) state.check();
  } catch (error) {
    checkpoint.forget();
    throw error;
  }
}

async function run(work: Work, inputs: ReduceInputs, plan: ReducePlan): Promise<ReductionCounts> {
  const { grant, stageMemory } = plan;
  const { settings, meter, signal, context, checkpoint } = work;
  const [representatives = "", deltas = "", clusters = "", index] = work.workspaces.map((workspace, at) =>
    workspace.path(OUTPUT_NAMES[at] ?? ""),
  );
  const counts = await runReduction(
    {
      inputs: inputs.files,
      settings: work.reduction,
      memory: stageMemory,
      grant,
      directory: work.temporary,
      maxDiskBytes: settings.memory.spillsToDisk ? (settings.maxDiskBytes ?? Number.MAX_SAFE_INTEGER) - inputs.spooledBytes : 0,
      checkpoint,
      signal,
      onProgress: (phase, done, total) => meter.progressed(phase, done, total),
      onWarning: (message) => context.emit({ type: "warning", message }),
    },
    { representatives, deltas, clusters, clusterFormat: settings.clusterFormat, index },
  );
  if (!settings.verify) return counts;
  await verifyRestored({ ...work, representatives, deltas, sha256: counts.ingest.sha256, plan });
  const indexed = counts.cluster.representatives - counts.output.unindexed;
  if (index !== undefined) await verifyIndex({ ...work, representatives, index, indexed });
  return counts;
}
