/** `mm run`: any command, admitted to the ledger, held to a limit with all that comes from it, and reported. */
import { getPriority, setPriority, tmpdir } from "node:os";
import { bytesAsFlag, formatBytes, MIB, Scope, systemClock } from "../base/index.ts";
import { type MemoryLimit, OwnCgroup, readMachineOomKills, readOomKills } from "../memory/index.ts";
import { Guest, type GuestExit } from "../process/index.ts";
import type { CommandContext, MemoryPlanLine, Report } from "./command.ts";
import { type JobCore, openJobCore, reportOf, withStats } from "./job-core.ts";
import { claimMemory, takeTurn } from "./job-turn.ts";
import { type Held, heldLines, overLimit as refusal, smallestLimit, sumOf } from "./over-limit.ts";
import { passSignal } from "./pass-signal.ts";
import { endLeftBehind, waitForLeftBehind } from "./run-leftovers.ts";
import type { RunResult, RunSettings } from "./run-result.ts";
import { endedBy, overLimit, shellCode, signalName } from "./run-verdict.ts";
import { GuestWatch } from "./run-watch.ts";

/** Room to open the core in, so that the refusal of a limit that is too small can name the smallest. */
const PLANNING_BYTES = 128 * MIB;
/** A program that only starts: /bin/true has 0.2 MiB. */
const SMALLEST_GUEST_BYTES = MIB;
/** Above every service and session of the system, so that a machine that runs out of memory ends this first. */
const OOM_SCORE_ADJ = 800;
const STANDARD_ERROR_FD = 2;
const REMEDY = "a larger --max-memory";
const PRIORITY_STEPS = 10;
const TAG = "run.command";
const OWN_REASONS = { "runtime.baseline": "Node and mm", "runtime.heap": "growth of the JavaScript heap" };

/** @throws BudgetExceededError when the command went over the limit; InputMissingError, PermissionError when it cannot be started */
export async function run(settings: RunSettings, context: CommandContext): Promise<Report<RunResult>> {
  const startedMs = systemClock.nowMs();
  await using scope = new Scope();
  const kind = { command: "run", temporary: tmpdir(), children: 1, engineBinaries: 0, planningBytes: PLANNING_BYTES, remedy: REMEDY };
  const job = await openJobCore(settings, kind, context, scope);
  return await withStats(job.core, context, async () => {
    const limit = await admittedLimit(settings, job, context);
    const admitted = { ...job, limit };
    const guestBytes = planRun(settings, admitted, context);
    const result = settings.dryRun ? planned(settings) : await runGuest(settings, admitted, guestBytes, context);
    return reportOf("run", job.core, result, startedMs);
  });
}

/**
 * Waits until other mm jobs leave room for all of the limit. What was asked for is not made smaller; a limit that nobody chose is, by what jobs
 * hold that wait themselves.
 *
 * @throws BudgetExceededError when it can never be had beside them
 */
async function admittedLimit({ maxMemoryBytes }: RunSettings, job: JobCore, context: CommandContext): Promise<MemoryLimit> {
  const around = { ...job, context };
  await takeTurn(around, 0);
  for (;;) {
    const { limit } = job.share;
    const best = job.share.bestLimit();
    const isChosen = maxMemoryBytes !== undefined;
    const wanted = isChosen ? limit : { ...best, limitBytes: best.limitBytes - (limit.budgetBytes - best.budgetBytes) };
    const { budgetBytes } = wanted;
    if ((await claimMemory(around, (bytes) => (bytes >= budgetBytes ? budgetBytes : undefined))) !== undefined) return wanted;
    if (isChosen) throw refusal({ limit: best, ownLines: [] }, [line(budgetBytes)], "beside other mm jobs", "");
  }
}

/** A job that was admitted with this limit. */
type Admitted = JobCore & { readonly limit: MemoryLimit };

/** @returns what is left of the limit for the command. @throws BudgetExceededError naming the smallest limit that works */
function planRun(settings: RunSettings, { core, limit }: Admitted, context: CommandContext): number {
  const held: Held = { limit, ownLines: heldLines(core.budget, OWN_REASONS) };
  const smallest = [line(SMALLEST_GUEST_BYTES)];
  const guestBytes = limit.budgetBytes - sumOf(held.ownLines);
  if (guestBytes < SMALLEST_GUEST_BYTES) throw refusal(held, smallest, "at least", "");
  const lines = [...held.ownLines, line(guestBytes)];
  const plan = {
    limit,
    lines,
    plannedPeakBytes: sumOf(lines),
    minimumLimitBytes: smallestLimit(smallest, held),
    lowered: [],
    memoryEstimated: false,
    savedBytes: 0,
    facts: [{ name: "command", text: [settings.command, ...settings.args].join(" ") }],
  };
  context.emit({ type: "plan", plan });
  core.settle({ limit, plannedPeakBytes: plan.plannedPeakBytes });
  return guestBytes;
}

function line(bytes: number): MemoryPlanLine {
  return { tag: TAG, bytes, because: "the command and all that comes from it" };
}

function planned({ command, args }: RunSettings): RunResult {
  return {
    command: [command, ...args],
    ...{ exitCode: null, signal: null, peakBytes: 0, peakResidentBytes: 0, processes: 0, largest: [], userMs: 0, systemMs: 0 },
    ...{ leftBehind: 0, cgroup: null },
  };
}

async function runGuest(settings: RunSettings, job: Admitted, guestBytes: number, context: CommandContext): Promise<RunResult> {
  const { core, limit } = job;
  await using scope = new Scope();
  scope.use(await core.budget.admit(guestBytes, TAG, { signal: job.signal, forChild: true }));
  // Kernel memory of the guest is charged to its cgroup, so its share of the limit is what mm itself does not hold.
  const cgroupBytes = limit.limitBytes - (core.budget.reservedBytes - guestBytes);
  const cgroup = settings.wantsCgroup ? ownCgroup(cgroupBytes, context, scope) : undefined;
  const before = { cgroup: readOomKills(), machine: readMachineOomKills() };
  const { command, args, searchPath } = settings;
  const guest = scope.use(
    new Guest({
      ...{ command, args, searchPath },
      env: insideEnvironment(limit, guestBytes),
      ...(settings.reportsOnStdout ? { stdoutFd: STANDARD_ERROR_FD } : {}),
      ...(cgroup === undefined ? {} : { cgroupProcs: cgroup.procs }),
      oomScoreAdj: OOM_SCORE_ADJ,
      niceness: raisePriority(),
    }),
  );
  const watch = new GuestWatch({
    ...{ guest, cgroup, clock: systemClock },
    ...{ monitor: core.monitor, limitBytes: mostBytes(limit), intervalMs: settings.monitorIntervalMs },
  });
  scope.use(core.monitor.onSample((sample) => watch.sampled(sample)));
  passSignals(guest, context, scope);
  killUnwatched(guest, watch, job.signal, context, scope);
  // One that ends before the next tick has been seen, too.
  core.monitor.sample();
  const exit = await guest.exit;
  watch.ended(core.monitor.sample());
  // Those that were told to end are seen off; those that were not may have something to finish.
  const leftBehind = watch.crossing === undefined ? await waitForLeftBehind(guest, command, watch, context) : 0;
  await endLeftBehind(guest);
  const kills = { cgroup: readOomKills() - before.cgroup, machine: readMachineOomKills() - before.machine };
  refuseOverLimit(settings, job, watch, exit, kills);
  if (!context.signal.aborted) job.signal.throwIfAborted();
  if (exit.signal === 9 && context.signal.aborted === false) sayKilled(command, watch, context);
  return {
    command: [command, ...args],
    exitCode: shellCode(exit),
    signal: signalName(exit.signal),
    peakBytes: watch.peakBytes,
    peakResidentBytes: core.monitor.peakResidentBytes,
    processes: watch.mostProcesses,
    largest: watch.holders,
    userMs: exit.userMs,
    systemMs: exit.systemMs,
    leftBehind,
    cgroup:
      cgroup === undefined
        ? null
        : { version: cgroup.version, limitBytes: cgroupBytes, peakBytes: cgroup.peakBytes() ?? null, oomKills: cgroup.oomKills() },
  };
}

/**
 * What mm says to mm: jobs inside this one live off what it was admitted, so they must not wait for it as for a stranger (they would for
 * ever), and a limit that somebody named is theirs too, unless they are told another.
 */
function insideEnvironment({ source }: MemoryLimit, guestBytes: number): Record<string, string> {
  const isNamed = source === "flag" || source === "env" || source === "config";
  return { MM_NO_SHARE: "1", ...(isNamed ? { MM_MAX_MEMORY: bytesAsFlag(guestBytes) } : {}) };
}

/**
 * Who watches fifty busy processes on two processors has to be let through: without, they peaked at 318 to 964 MiB under a limit of 250 MiB,
 * with it at 253 to 374 (12 runs each, other load on the machine). Only root may do that; the command runs as it would have.
 *
 * @returns by how much the command is to be nicer than this thread
 */
function raisePriority(): number {
  const before = getPriority();
  try {
    setPriority(before - PRIORITY_STEPS);
    return before - getPriority();
  } catch {
    return 0;
  }
}

function ownCgroup(limitBytes: number, context: CommandContext, scope: Scope): OwnCgroup | undefined {
  const made = OwnCgroup.make(limitBytes);
  if (typeof made !== "string") return scope.use(made);
  context.emit({ type: "warning", message: `no own memory cgroup: ${made}; mm measures the command instead`, hint: "mm doctor" });
  return undefined;
}

/** @throws BudgetExceededError when the limit ended the command, whoever saw to it */
function refuseOverLimit(
  { command }: RunSettings,
  { core, limit }: Admitted,
  watch: GuestWatch,
  exit: GuestExit,
  kills: { readonly cgroup: number; readonly machine: number },
): void {
  const { crossing } = watch;
  const wasKilled = shellCode(exit) === 137;
  const isOutOfMemory = (exit.code !== 0 && kills.cgroup > 0) || (wasKilled && kills.machine > 0);
  if (crossing === undefined && !isOutOfMemory) return;
  if (crossing?.by === "monitor") core.countStopped();
  else core.countFuseBlown();
  const { peakBytes, ownPeakBytes } = core.stats();
  throw overLimit({
    ...{ limit, command, peakBytes, mostBytes: mostBytes(limit), ownBytes: ownPeakBytes, holders: crossing?.holders ?? watch.holders },
    endedBy: crossing === undefined ? "the kernel, which was out of memory" : endedBy(crossing),
  });
}

/** A container that is full to the brim kills, or squeezes program text out until everything crawls: what it bounds is ended before. */
function mostBytes({ boundBy, limitBytes, budgetBytes }: MemoryLimit): number {
  return boundBy === "cgroup" ? budgetBytes : limitBytes;
}

/** Where the monitor itself has failed, nothing holds the command any more. */
function killUnwatched(guest: Guest, watch: GuestWatch, signal: AbortSignal, context: CommandContext, scope: Scope): void {
  const kill = () => {
    if (!context.signal.aborted && watch.crossing === undefined) guest.signalAll("SIGKILL");
  };
  signal.addEventListener("abort", kill);
  scope.defer(() => signal.removeEventListener("abort", kill));
}

/** Nobody should have to guess what a bare 137 was. */
function sayKilled(command: string, watch: GuestWatch, context: CommandContext): void {
  const held = `it held ${formatBytes(watch.peakBytes)} at its highest`;
  context.emit({ type: "warning", message: `${command} was killed with SIGKILL, neither by mm nor for its memory: ${held}` });
}

/** A second signal kills. */
function passSignals(guest: Guest, { signal, killSignal }: CommandContext, scope: Scope): void {
  const pass = () => passSignal(signal.reason, guest);
  const kill = () => void guest.signalAll("SIGKILL");
  if (signal.aborted) pass();
  signal.addEventListener("abort", pass);
  killSignal?.addEventListener("abort", kill);
  scope.defer(() => {
    signal.removeEventListener("abort", pass);
    killSignal?.removeEventListener("abort", kill);
  });
}
