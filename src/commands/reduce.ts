/** `mm reduce`: plan, read, compare, write, prove, report. */
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { IoError, Scope, systemClock, UsageError } from "../base/index.ts";
import { checkOutput, InputState, plainInput, Workspace } from "../io/index.ts";
import { type ReductionCheckpoint, type ReductionCounts, type ReductionSettings, restoreAll, runReduction } from "../sequence/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { type JobCore, NO_CHILDREN, openJobCore, reportOf, withStats } from "./job-core.ts";
import { startReductionCheckpoint, withKeptStages } from "./reduce-checkpoint.ts";
import { planReduce, type ReadInput, type ReducePlan, reductionSettings } from "./reduce-plan.ts";
import type { ReduceSettings } from "./reduce-settings.ts";
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
    for (const path of outputs) checkOutput(path, settings.input === "-" ? undefined : settings.input, settings.overwrite);
  await using scope = new Scope();
  const workspaces = settings.dryRun
    ? []
    : outputs.map((path, at) => scope.use(new Workspace(path, settings.overwrite, at === 0 && settings.resume)));
  const temporary = workspaces[0]?.temporaryFolder(settings.tempDir) ?? settings.tempDir ?? tmpdir();
  const job = openJobCore(settings, { ...NO_CHILDREN, temporary }, context, scope);
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
  const { settings, core, limit, context, checkpoint, workspaces } = work;
  const state = settings.input === "-" ? undefined : new InputState(resolve(settings.input));
  const input = await openInput(work);
  const plan = planReduce(settings, work.reduction, work, input);
  context.emit({ type: "plan", plan: plan.memory });
  core.settle({ limit, plannedPeakBytes: plan.memory.plannedPeakBytes });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  if (settings.dryRun) return resultOf(settings, input, undefined);
  const counts = await run(work, input, plan);
  checkUnchanged(state, checkpoint);
  for (const [at, workspace] of [...workspaces.entries()].reverse()) await workspace.publish(OUTPUT_NAMES[at] ?? "");
  return resultOf(settings, input, counts);
}

/** What was kept of an input that had to be unpacked, or the input. */
async function openInput({ settings, core, meter, signal, scope, checkpoint }: Work): Promise<ReadInput> {
  const kept = checkpoint.spooled;
  if (kept !== undefined) return { ...kept, packing: kept.packing ?? undefined, isSpooled: true };
  return scope.use(
    await plainInput({
      input: settings.input,
      budget: core.budget,
      spill: core.spill,
      signal,
      onBytes: (bytes) => meter.progressed("spool", bytes, 0),
    }),
  );
}

/** What was found out of an input that changed is of no use. */
function checkUnchanged(state: InputState | undefined, checkpoint: ReductionCheckpoint): void {
  try {
    state?.check();
  } catch (error) {
    checkpoint.forget();
    throw error;
  }
}

async function run(work: Work, input: ReadInput, { grant, verifyBytes }: ReducePlan): Promise<ReductionCounts> {
  const { settings, core, meter, signal, context, checkpoint } = work;
  const [representatives = "", deltas = "", clusters = "", index] = work.workspaces.map((workspace, at) =>
    workspace.path(OUTPUT_NAMES[at] ?? ""),
  );
  const counts = await runReduction(
    {
      inputPath: input.path,
      inputName: settings.input === "-" ? "standard input" : settings.input,
      inputBytes: input.byteLength,
      settings: work.reduction,
      openSegment: (byteLength) => core.segment(core.budget, "sequence.grant", byteLength),
      grant,
      directory: work.temporary,
      maxDiskBytes: settings.memory.spillsToDisk
        ? (settings.maxDiskBytes ?? Number.MAX_SAFE_INTEGER) - (input.isSpooled ? input.byteLength : 0)
        : 0,
      checkpoint,
      spooled: input.isSpooled ? { path: input.path, byteLength: input.byteLength, packing: input.packing ?? null } : undefined,
      signal,
      onProgress: (phase, done, total) => meter.progressed(phase, done, total),
      onWarning: (message) => context.emit({ type: "warning", message }),
    },
    { representatives, deltas, clusters, clusterFormat: settings.clusterFormat, index },
  );
  if (settings.verify) await verify(work, { representatives, deltas, sha256: counts.ingest.sha256 }, verifyBytes);
  return counts;
}

/** @throws IoError when what comes back is not the input */
async function verify(
  { reduction, core, meter, signal, checkpoint }: Work,
  { representatives, deltas, sha256 }: { readonly representatives: string; readonly deltas: string; readonly sha256: string },
  grantBytes: number,
): Promise<void> {
  const restored = await restoreAll({
    representativesPath: representatives,
    deltasPath: deltas,
    output: -1,
    threads: reduction.threads,
    openSegment: (byteLength) => core.segment(core.budget, "sequence.grant", byteLength),
    grantBytes,
    signal,
    onProgress: (done, total) => meter.progressed("verify", done, total),
  });
  if (restored.sha256 === sha256) return;
  checkpoint.forget();
  throw new IoError("what was written does not restore the input", {
    details: { wanted: sha256, restored: restored.sha256 },
    hint: "run again; if it repeats, check the disk",
  });
}

function resultOf(settings: ReduceSettings, input: ReadInput, counts: ReductionCounts | undefined): ReduceResult {
  const { ingest, cluster, output } = counts ?? {};
  return {
    records: ingest?.records ?? 0,
    representatives: cluster?.representatives ?? 0,
    members: cluster?.members ?? 0,
    exactDuplicates: cluster?.exactDuplicates ?? 0,
    residues: ingest?.residues ?? 0,
    alphabet: ingest?.alphabet ?? settings.alphabet ?? null,
    inputBytes: input.byteLength,
    packedBytes: settings.input === "-" || input.packing === undefined ? null : statSync(settings.input).size,
    representativeBytes: output?.representativeBytes ?? 0,
    deltaBytes: output?.deltaBytes ?? 0,
    clusterBytes: output?.clusterBytes ?? 0,
    sha256: ingest?.sha256 ?? null,
    verified: settings.verify,
    rounds: cluster?.rounds ?? 0,
    alignments: cluster?.alignments ?? 0,
    diskPeakBytes: counts?.diskPeakBytes ?? 0,
    lengths: ingest?.lengths ?? [],
    identities: cluster?.identities ?? [],
    clusterSizes: cluster?.clusterSizes ?? [],
    gcResidues: ingest?.gcResidues ?? 0,
    complexities: ingest?.complexities ?? [],
  };
}
