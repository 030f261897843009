/** Records one run, or one look at a process that runs, into a capture. */
import { mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { MIB, monotonicMs, packageVersion, Scope } from "../base/index.ts";
import { collectNow, cpuQuota, readMachineMemory, readProcessBytes } from "../memory/index.ts";
import {
  AttachedTarget,
  type CaptureEvent,
  type CaptureHeader,
  CaptureWriter,
  JobWitness,
  LiveState,
  NodeTail,
  nodeEnvironment,
  openTool,
  Recording,
  type SamplerFigures,
  Target,
  toolBatch,
  type Watched,
  type Witness,
} from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import { passSignal } from "./pass-signal.ts";
import type { ProfileAttach, ProfileRun, ProfileWatch } from "./profile-settings.ts";
import type { RecordedExit } from "./profile-watch.ts";

/** So often what was seen goes into the file: what a profiler that is killed loses. */
const FLUSH_MS = 1000;
const LIVE_FLUSH_MS = 250;
/** So often garbage is collected: V8 by itself let it grow by 6 MiB in the first 43 minutes, and then no more (measured, one run). */
const COLLECT_MS = 60_000;
/** Who runs already is known then, and can be asked. */
const FIRST_FLUSH_MS = 100;
const STANDARD_ERROR_FD = 2;
/**
 * Mean bytes between two samples of call paths. What a sample costs is as good as all that stacks cost: a program that does little but allocate
 * took 83 % more processor time at 32 KiB, 33 % at 64, 22 % at 128, so 3 % here and twice that at V8's own 512 KiB. The standard error of a path
 * that holds M bytes is the root of M times this: a tenth of 100 MiB.
 */
const STACKS_BYTES = MIB;

/** @throws MmError when the command cannot be started; the signal's reason before it is; IoError when the capture cannot be written, once the command has ended */
export async function recordRun(settings: ProfileRun, path: string, context: CommandContext): Promise<RecordedExit> {
  context.signal.throwIfAborted();
  await using scope = new Scope();
  const folder = temporaryFolder(tmpdir(), scope, context);
  // Beside the capture: its files may be large, and the folder for temporary ones may be memory.
  const toolFolder = settings.tool === undefined ? undefined : temporaryFolder(dirname(resolve(path)), scope, context);
  const tool =
    settings.tool === undefined || toolFolder === undefined
      ? undefined
      : openTool(settings.tool, toolFolder, settings.searchPath, settings.preload);
  const [command = "", ...args] = [...(tool?.prefix ?? []), ...settings.command];
  const env = nodeEnvironment(
    { NODE_OPTIONS: settings.nodeOptions },
    { folder, forcesFloors: settings.failOnLeak, ...(settings.stacks ? { stacksBytes: STACKS_BYTES } : {}) },
  );
  const target = scope.use(
    new Target({
      ...{ command, args, searchPath: settings.searchPath, env: { ...env, ...tool?.env } },
      stdoutFd: settings.stdoutToStderr ? STANDARD_ERROR_FD : undefined,
      intervalMs: settings.intervalMs,
      everyProcess: settings.everyProcess,
    }),
  );
  scope.use(onAbort(context.signal, () => passSignal(context.signal.reason, target)));
  // Whatever becomes of the capture, nobody gets the prompt back while the command runs.
  scope.defer(async () => void (await target.exit));
  const made = headerOf(settings, target);
  const unavailable = tool === undefined ? made.unavailable : [...made.unavailable, tool.caveat];
  const header = { ...made, unavailable, command: settings.command, source: "run" } as const;
  const writing = scope.use(new Writing(path, header, target, settings, context, [new NodeTail(folder, target.originMs)]));
  const { code, signal } = await target.exit;
  // Before the tool's file is read: what reads it is no part of the tree.
  const figures = target.end();
  const seen = await tool?.collect();
  if (seen !== undefined) writing.add(toolBatch(seen).events.filter(({ type }) => type === "stacks"));
  return writing.end(figures, { exitCode: signal === 0 ? code : null, signal: signal === 0 ? null : signal });
}

/** Until the process ends, the time is over, or the user ends it. @throws MmError */
export async function recordAttached(settings: ProfileAttach, path: string, context: CommandContext): Promise<RecordedExit> {
  const { pid, intervalMs, durationSeconds } = settings;
  await using scope = new Scope();
  const target = scope.use(new AttachedTarget(pid, intervalMs));
  const header = { ...headerOf(settings, target), command: [String(pid)], source: "attach" } as const;
  const writing = scope.use(new Writing(path, header, target, settings, context));
  await new Promise<void>((resolve) => {
    scope.use(onAbort(context.signal, resolve));
    writing.onGone = resolve;
    if (durationSeconds === undefined) return;
    const timer = setTimeout(resolve, durationSeconds * 1000);
    scope.defer(() => clearTimeout(timer));
  });
  return writing.end(target.end(), { exitCode: null, signal: null });
}

function temporaryFolder(parent: string, scope: Scope, { emit }: CommandContext): string {
  const folder = mkdtempSync(join(parent, "mm-profile-"));
  scope.defer(() => {
    try {
      // What the command left behind may write at this very moment.
      rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
    } catch (error) {
      emit({ type: "warning", message: `a folder is left: ${error instanceof Error ? error.message : error}`, hint: `rm -r ${folder}` });
    }
  });
  return folder;
}

function onAbort(signal: AbortSignal, act: () => void): Disposable {
  if (signal.aborted) act();
  signal.addEventListener("abort", act);
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", act) };
}

function headerOf({ intervalMs }: ProfileWatch, watched: Watched): Omit<CaptureHeader, "command" | "source"> {
  const { tracking, cgroupVersion, unavailable } = watched;
  const { totalBytes, cgroups } = readMachineMemory();
  return {
    schema: "mm.capture/1",
    version: packageVersion(),
    startedAt: new Date().toISOString(),
    intervalMs,
    tracking,
    host: { kernel: release(), cpus: cpuQuota().count, memoryBytes: totalBytes, cgroupVersion },
    limitBytes: Math.min(totalBytes, ...cgroups.map(({ limitBytes }) => limitBytes)),
    unavailable,
  };
}

/** Writes what comes, again and again, until the end. */
class Writing implements Disposable {
  /** Called when nothing is left to look at. */
  onGone: () => void = () => {};
  readonly #jobs: JobWitness;
  readonly #writer: CaptureWriter;
  readonly #recording: Recording;
  readonly #watched: Watched;
  readonly #context: CommandContext;
  readonly #timer: NodeJS.Timeout;
  readonly #collecting = setInterval(collectNow, COLLECT_MS);
  readonly #first: NodeJS.Timeout;
  readonly #cpu = process.cpuUsage();
  #failure: unknown;

  /** @throws OutputError */
  constructor(
    path: string,
    header: CaptureHeader,
    watched: Watched,
    settings: ProfileWatch,
    context: CommandContext,
    witnesses: readonly Witness[] = [],
  ) {
    if (settings.overwrite) rmSync(path, { force: true });
    const live = settings.live ? new LiveState(header.limitBytes) : undefined;
    this.#watched = watched;
    this.#context = context;
    this.#writer = new CaptureWriter(path, header);
    this.#jobs = new JobWitness(watched.originMs);
    this.#recording = new Recording({ writer: this.#writer, live, sampler: watched, witnesses: [this.#jobs, ...witnesses] });
    const flush = () => {
      this.#collect();
      if (live !== undefined) context.emit({ type: "tree", tree: live.tree() });
      if (!watched.figures().isTreeAlive) this.onGone();
    };
    this.#timer = setInterval(flush, live === undefined ? FLUSH_MS : LIVE_FLUSH_MS);
    this.#first = setTimeout(flush, FIRST_FLUSH_MS);
  }

  /** The last rows, and how it ended. @throws IoError when anything could not be written */
  end({ cgroupPeakBytes, oomKills, missedTicks }: SamplerFigures, exit: RecordedExit): RecordedExit {
    clearTimeout(this.#first);
    clearInterval(this.#timer);
    if (this.#failure !== undefined) throw this.#failure;
    this.#recording.collect(true);
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#writer.end({
      ...exit,
      atMs: monotonicMs() - this.#watched.originMs,
      cgroupPeakBytes: cgroupPeakBytes ?? null,
      oomKills,
      ownCpuMs: (user + system) / 1000,
      ownBytes: readProcessBytes(process.pid),
      missedTicks,
    });
    return exit;
  }

  /** What somebody else saw. */
  add(events: readonly CaptureEvent[]): void {
    this.#writer.add({ rows: {}, events });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#first);
    clearInterval(this.#timer);
    clearInterval(this.#collecting);
    this.#jobs[Symbol.dispose]();
    this.#writer[Symbol.dispose]();
  }

  /** The command goes on, whatever becomes of its capture. */
  #collect(): void {
    if (this.#failure !== undefined) return;
    try {
      this.#recording.collect();
    } catch (error) {
      this.#failure = error;
      this.#jobs[Symbol.dispose]();
      this.#context.emit({ type: "warning", message: `the capture ends here: ${error instanceof Error ? error.message : error}` });
    }
  }
}
