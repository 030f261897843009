/** `mm expand`: hits of a search against representatives, lifted to every member. */
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { formatBytes, Scope, systemClock } from "../base/index.ts";
import { checkOutput, type PlainInput, plainInput, Workspace } from "../io/index.ts";
import { type ExpansionCounts, expansionBytes, fewestExpansionBytes, runExpansion } from "../sequence/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { type JobCore, NO_CHILDREN, openJobCore, reportOf, withStats } from "./job-core.ts";
import type { ExpandSettings } from "./reduce-settings.ts";
import type { ExpandResult } from "./result.ts";
import { type PlannedStage, planStage } from "./stage-plan.ts";
import { fileSize, isReaderGone, STANDARD_OUTPUT_FD } from "./streams.ts";

const EXPANDED = "expanded";
const OWN_REASONS = {
  "runtime.baseline": "Node and mm before any work",
  "runtime.heap": "growth of the JavaScript heap",
  "spill.tmpfs": "hits unpacked to a disk that is memory",
};

/** @throws MmError of any class; nothing is left behind then */
export async function expand(settings: ExpandSettings, context: CommandContext): Promise<Report<ExpandResult>> {
  const startedMs = systemClock.nowMs();
  const isFile = settings.output !== "-";
  const { input, representatives, deltas } = settings;
  const inputs = [input === "-" ? undefined : input, representatives, deltas];
  if (isFile) for (const path of inputs) checkOutput(settings.output, path, settings.overwrite);
  await using scope = new Scope();
  const workspace = isFile && !settings.dryRun ? scope.use(new Workspace(settings.output, settings.overwrite)) : undefined;
  const temporary = workspace?.temporaryFolder(settings.tempDir) ?? settings.tempDir ?? tmpdir();
  const job = await openJobCore(settings, { ...NO_CHILDREN, command: "expand", temporary }, context, scope);
  return await withStats(job.core, context, async () => {
    const hits = scope.use(await openHits(settings, job));
    const plan = await planExpand(settings, job, hits, context);
    const result = settings.dryRun ? undefined : await expandTo({ settings, job, hits, context, workspace, temporary, ...plan });
    return reportOf("expand", job.core, resultOf(hits, result), startedMs);
  });
}

async function openHits(settings: ExpandSettings, { core, meter, signal }: JobCore): Promise<PlainInput> {
  const onBytes = (bytes: number) => meter.progressed("spool", bytes, 0);
  return await plainInput({ input: settings.input, budget: core.budget, spill: core.spill, signal, onBytes });
}

/** @throws BudgetExceededError naming the smallest limit that works */
async function planExpand(settings: ExpandSettings, job: JobCore, hits: PlainInput, context: CommandContext): Promise<PlannedStage> {
  // First what was named: the name of the representatives may only follow from it.
  const [deltaBytes, representativesBytes] = [fileSize(settings.deltas), fileSize(settings.representatives)];
  const cacheBytes = Math.min(settings.memory.cacheBytes, representativesBytes + 16 * deltaBytes);
  const packing = hits.packing === undefined ? "" : ` (${hits.packing})`;
  const facts = [
    { name: "hits", text: `${inputName(settings)}, ${formatBytes(hits.byteLength)}${packing}` },
    {
      name: "members",
      text: `${settings.representatives} ${formatBytes(representativesBytes)}, ${settings.deltas} ${formatBytes(deltaBytes)}`,
    },
  ];
  const planned = await planStage(job, context, {
    ownReasons: OWN_REASONS,
    because: "members in the order of their representatives, then those of the next hit",
    fewestBytes: fewestExpansionBytes(),
    grantBytes: (freeBytes) => expansionBytes(freeBytes, cacheBytes, hits.byteLength),
    facts,
  });
  const { warning } = job.core.spill;
  if (warning !== undefined) context.emit({ type: "warning", message: warning });
  return planned;
}

function inputName({ input }: ExpandSettings): string {
  return input === "-" ? "standard input" : input;
}

type Work = PlannedStage & {
  readonly settings: ExpandSettings;
  readonly job: JobCore;
  readonly hits: PlainInput;
  readonly context: CommandContext;
  readonly workspace: Workspace | undefined;
  readonly temporary: string;
};

/** @returns undefined where the reader of a pipe has seen enough */
async function expandTo({
  settings,
  job,
  hits,
  context,
  workspace,
  temporary,
  grantBytes,
  memory,
}: Work): Promise<ExpansionCounts | undefined> {
  const { meter, signal } = job;
  const output = workspace === undefined ? STANDARD_OUTPUT_FD : openSync(workspace.path(EXPANDED), "w", 0o666);
  try {
    const counts = await runExpansion({
      hitsPath: hits.path,
      hitsName: inputName(settings),
      representativesPath: settings.representatives,
      deltasPath: settings.deltas,
      output,
      directory: temporary,
      maxDiskBytes: (settings.maxDiskBytes ?? Number.MAX_SAFE_INTEGER) - (hits.isSpooled ? hits.byteLength : 0),
      memory,
      grantBytes,
      signal,
      onProgress: (phase, done, total) => meter.progressed(phase, done, total),
      onIndex: ({ stored }) => warnOfStored(stored, context),
    });
    warnOfAmbiguous(counts.hits.ambiguous, context);
    await workspace?.publish(EXPANDED);
    return counts;
  } catch (error) {
    if (isReaderGone(output, error)) return undefined;
    throw error;
  } finally {
    if (workspace !== undefined) closeSync(output);
  }
}

function warnOfStored(stored: number, context: CommandContext): void {
  if (stored === 0) return;
  const records = stored === 1 ? "1 member is" : `${stored} members are`;
  context.emit({
    type: "warning",
    message: `${records} stored without an alignment, because that is shorter: no hit can be lifted to them`,
  });
}

function warnOfAmbiguous(hits: number, context: CommandContext): void {
  if (hits === 0) return;
  const hint = "grep ambiguous finds them; names that differ in their first word are never so";
  const lines = hits === 1 ? "1 hit" : `${hits} hits`;
  context.emit({ type: "warning", message: `nothing was lifted from ${lines} on names that several representatives have`, hint });
}

function resultOf(hits: PlainInput, counts: ExpansionCounts | undefined): ExpandResult {
  const {
    lines = 0,
    hit = 0,
    same = 0,
    computed = 0,
    fewest = 0,
    inherited = 0,
    clipped = 0,
    outputBytes = 0,
    ambiguous = 0,
  } = counts?.hits ?? {};
  const { representatives = 0, members = 0, stored = 0 } = counts?.index ?? {};
  return {
    lines,
    hits: hit + ambiguous,
    ambiguous,
    memberHits: same + computed + fewest + inherited + clipped,
    ...{ same, computed, fewest, inherited, clipped },
    ...{ representatives, members, stored },
    inputBytes: hits.byteLength,
    outputBytes,
    diskPeakBytes: counts?.diskPeakBytes ?? 0,
  };
}
