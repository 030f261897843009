/** `mm reduce`: plan, read, compare, write, prove, report. */
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { formatBytes, IoError, MIB, Scope, systemClock, UsageError } from "../base/index.ts";
import { checkOutput, InputState, type PlainInput, plainInput, Workspace } from "../io/index.ts";
import { cpuQuota, type MemoryCore } from "../memory/index.ts";
import {
  fewestReductionBytes,
  planReduction,
  type ReductionCheckpoint,
  type ReductionCounts,
  type ReductionGrant,
  type ReductionSettings,
  restorationBytes,
  restoreAll,
  runReduction,
} from "../sequence/index.ts";
import type { CommandContext, MemoryPlan, MemoryPlanLine, Report } from "./command.ts";
import { type JobCore, openJobCore } from "./job-core.ts";
import { startReductionCheckpoint, withKeptStages } from "./reduce-checkpoint.ts";
import type { ReduceSettings } from "./reduce-settings.ts";
import type { ReduceResult } from "./result.ts";
import { overLimit, smallestLimit } from "./transcode-plan.ts";

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
  const job = openJobCore(settings, temporary, context, scope);
  try {
    return await planAndRun(settings, job, scope, context, workspaces, temporary, startedMs);
  } catch (error) {
    job.core.monitor.sample();
    context.emit({ type: "stats", memory: job.core.stats() });
    throw error;
  }
}

/** Representatives, deltas, clusters, index. */
function outputPaths({ output, deltas, clusters, fai }: ReduceSettings): readonly string[] {
  const paths = [output, deltas, clusters, ...(fai ? [`${output}.fai`] : [])];
  const same = paths.find((path, at) => paths.findIndex((other) => resolve(other) === resolve(path)) !== at);
  if (same !== undefined) throw new UsageError(`${same} is named for two outputs`, { hint: "name another file for one of them" });
  return paths;
}

async function planAndRun(
  settings: ReduceSettings,
  job: JobCore,
  scope: Scope,
  context: CommandContext,
  workspaces: readonly Workspace[],
  temporary: string,
  startedMs: number,
): Promise<Report<ReduceResult>> {
  const checkpoint = await startReductionCheckpoint(settings, reductionSettings(settings), workspaces[0], temporary, context);
  try {
    return await planAndRunFrom({ checkpoint, workspaces, temporary, context }, settings, job, scope, startedMs);
  } catch (error) {
    throw withKeptStages(error, checkpoint);
  }
}

async function planAndRunFrom(
  around: Around,
  settings: ReduceSettings,
  job: JobCore,
  scope: Scope,
  startedMs: number,
): Promise<Report<ReduceResult>> {
  const { core } = job;
  const { checkpoint, workspaces, context } = around;
  const state = settings.input === "-" ? undefined : new InputState(resolve(settings.input));
  const input = await openInput(settings, job, scope, checkpoint);
  const reduction = reductionSettings(settings);
  const freeBytes = grantRoom(settings, core);
  const fewestBytes = fewestReductionBytes(reduction);
  if (freeBytes < fewestBytes) throw overLimit({ limit: job.limit, ownLines: ownLines(core) }, [stageLine(fewestBytes)], "at least", "");
  const grant = planReduction(freeBytes, input.byteLength, reduction);
  const plan = memoryPlan(settings, job, input, grant);
  context.emit({ type: "plan", plan });
  core.settle({ limit: job.limit, plannedPeakBytes: plan.plannedPeakBytes });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  const counts = await run(settings, job, { ...around, input, reduction, grant });
  if (counts !== undefined) {
    checkUnchanged(state, checkpoint);
    for (const [at, workspace] of [...workspaces.entries()].reverse()) await workspace.publish(OUTPUT_NAMES[at] ?? "");
  }
  core.monitor.sample();
  return {
    schema: "mm.report/1",
    command: "reduce",
    ok: true,
    elapsedMs: Math.round(systemClock.nowMs() - startedMs),
    memory: core.stats(),
    result: resultOf(settings, input, counts),
  };
}

/** With `streaming_only` what is read once more is not kept: the sorters overflow to disk early. */
const STREAMING_BYTES = 64 * MIB;

/** What the stages may hold together. */
function grantRoom({ memory }: ReduceSettings, { budget }: MemoryCore): number {
  const freeBytes = budget.limitBytes - budget.reservedBytes;
  return memory.streaming.only ? Math.min(freeBytes, STREAMING_BYTES) : freeBytes;
}

/** In the order of `outputPaths`. */
const OUTPUT_NAMES = ["representatives", "deltas", "clusters", "index"] as const;

type ReadInput = Pick<PlainInput, "path" | "byteLength" | "packing" | "isSpooled">;

/** What was kept of an input that had to be unpacked, or the input. */
async function openInput(settings: ReduceSettings, { core, meter, signal }: JobCore, scope: Scope, checkpoint: ReductionCheckpoint) {
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

type Around = {
  readonly checkpoint: ReductionCheckpoint;
  /** Of the outputs, in the order of `outputPaths`; none for a dry run. */
  readonly workspaces: readonly Workspace[];
  readonly temporary: string;
  readonly context: CommandContext;
};

type Work = Around & {
  readonly input: ReadInput;
  readonly reduction: ReductionSettings;
  readonly grant: ReductionGrant;
};

/** @returns undefined for a dry run */
async function run(settings: ReduceSettings, job: JobCore, work: Work): Promise<ReductionCounts | undefined> {
  const [representatives, deltas, clusters, index] = work.workspaces.map((workspace, at) => workspace.path(OUTPUT_NAMES[at] ?? ""));
  if (representatives === undefined || deltas === undefined || clusters === undefined) return undefined;
  const { core, meter, signal } = job;
  const { input, checkpoint, context } = work;
  const counts = await runReduction(
    {
      inputPath: input.path,
      inputName: settings.input === "-" ? "standard input" : settings.input,
      inputBytes: input.byteLength,
      settings: work.reduction,
      budget: core.budget,
      grant: work.grant,
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
  if (settings.verify) await verify(settings, job, { representatives, deltas, sha256: counts.ingest.sha256, checkpoint });
  return counts;
}

/** @throws IoError when what comes back is not the input */
async function verify(
  settings: ReduceSettings,
  { core, meter, signal }: JobCore,
  files: { readonly representatives: string; readonly deltas: string; readonly sha256: string; readonly checkpoint: ReductionCheckpoint },
): Promise<void> {
  const restored = await restoreAll({
    representativesPath: files.representatives,
    deltasPath: files.deltas,
    output: -1,
    threads: threadsOf(settings),
    budget: core.budget,
    grantBytes: restorationBytes(core.budget.limitBytes - core.budget.reservedBytes, threadsOf(settings), settings.memory.cacheBytes),
    signal,
    onProgress: (done, total) => meter.progressed("verify", done, total),
  });
  if (restored.sha256 === files.sha256) return;
  files.checkpoint.forget();
  throw new IoError("what was written does not restore the input", {
    details: { wanted: files.sha256, restored: restored.sha256 },
    hint: "run again; if it repeats, check the disk",
  });
}

function reductionSettings(settings: ReduceSettings): ReductionSettings {
  const { streaming, kernels } = settings.memory;
  return {
    alphabet: settings.alphabet,
    identity: Math.round(settings.identity * 10_000),
    coverage: Math.round(settings.coverage * 10_000),
    coverageMode: settings.coverageMode,
    threads: threadsOf(settings),
    takesAnything: settings.force,
    batchRecords: streaming.batchSequences,
    // One that is read and one that is worked on.
    windowCount: Math.max(2, streaming.windowCount),
    readsAhead: streaming.readsAhead,
    prefetchDistance: kernels.prefetchDistance,
    packs: kernels.packsResidues,
  };
}

function threadsOf({ threads }: ReduceSettings): number {
  return threads ?? cpuQuota().count;
}

function memoryPlan(settings: ReduceSettings, { core, limit }: JobCore, input: ReadInput, grant: ReductionGrant): MemoryPlan {
  const own = ownLines(core);
  const lines = [
    ...own,
    { tag: "sequence.rank", bytes: grant.rankBytes, because: "records in the order of their length, then lines of the cluster table" },
    { tag: "sequence.assignment", bytes: grant.assignmentBytes, because: "what members are made of" },
    stageLine(grant.stageBytes),
  ];
  const plannedPeakBytes = lines.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    limit,
    lines,
    plannedPeakBytes,
    minimumLimitBytes: smallestLimit([{ bytes: fewestReductionBytes(reductionSettings(settings)) }], { ownLines: own, limit }),
    lowered: [],
    memoryEstimated: false,
    savedBytes: 0,
    facts: [
      {
        name: "input",
        text: `${settings.input}, ${formatBytes(input.byteLength)}${input.packing === undefined ? "" : ` (${input.packing})`}`,
      },
      {
        name: "join",
        text: `identity ${settings.identity}, coverage ${settings.coverage} of the ${settings.coverageMode === "both" ? "longer, too" : "member"}`,
      },
      { name: "output", text: `${settings.output}, ${settings.deltas}, ${settings.clusters}` },
    ],
  };
}

function stageLine(bytes: number): MemoryPlanLine {
  return { tag: "sequence.stage", bytes, because: "windows of the reader; then sequences, table and matrices of the comparison" };
}

/** What mm itself holds from here on. */
function ownLines({ budget }: MemoryCore): MemoryPlanLine[] {
  const held = budget.byTag().filter(({ currentBytes }) => currentBytes > 0);
  return held.map(({ tag, currentBytes }) => ({ tag, bytes: currentBytes, because: OWN_REASONS[tag] ?? "held by mm itself" }));
}

const OWN_REASONS: Readonly<Record<string, string>> = {
  "runtime.baseline": "Node and mm before any work, measured",
  "runtime.heap": "growth of the JavaScript heap",
  "spill.tmpfs": "input unpacked to a disk that is memory",
};

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
