/** Records one run, or one look at a process that runs, into a capture. */
import { mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { CancelledError, KIB, Scope } from "../base/index.ts";
import { cpuQuota, readMachineMemory, readProcessBytes } from "../memory/index.ts";
import {
  AttachedTarget,
  type CaptureHeader,
  CaptureWriter,
  JobWitness,
  LiveState,
  NodeTail,
  nodeEnvironment,
  Recording,
  type SamplerFigures,
  Target,
  type Watched,
  type Witness,
} from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import type { ProfileAttach, ProfileRun, ProfileWatch } from "./profile-settings.ts";
import type { RecordedExit } from "./profile-watch.ts";

/** So often what was seen goes into the file: what a profiler that is killed loses. */
const FLUSH_MS = 1000;
const LIVE_FLUSH_MS = 250;
/** Who runs already is known then, and can be asked. */
const FIRST_FLUSH_MS = 100;
const STANDARD_ERROR_FD = 2;
/** Mean bytes between two samples of call paths: V8's own default. */
const STACKS_BYTES = 512 * KIB;

/** @throws MmError when the command cannot be started; IoError when the capture cannot be written, once the command has ended */
export async function recordRun(settings: ProfileRun, path: string, context: CommandContext): Promise<RecordedExit> {
  const [command = "", ...args] = settings.command;
  await using scope = new Scope();
  const folder = mkdtempSync(join(tmpdir(), "mm-profile-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const env = nodeEnvironment(
    { NODE_OPTIONS: settings.nodeOptions },
    { folder, forcesFloors: settings.failOnLeak, ...(settings.stacks ? { stacksBytes: STACKS_BYTES } : {}) },
  );
  const target = scope.use(
    new Target({
      ...{ command, args, searchPath: settings.searchPath, env },
      stdoutFd: settings.stdoutToStderr ? STANDARD_ERROR_FD : undefined,
      intervalMs: settings.intervalMs,
      everyProcess: settings.everyProcess,
    }),
  );
  scope.use(onAbort(context.signal, () => target.signal(signalOf(context.signal.reason))));
  const header = { ...headerOf(settings, target), command: settings.command, source: "run" } as const;
  const writing = scope.use(new Writing(path, header, target, settings, context, [new NodeTail(folder, target.originMs)]));
  const { code, signal } = await target.exit;
  return writing.end(target.end(), { exitCode: signal === 0 ? code : null, signal: signal === 0 ? null : signal });
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

function onAbort(signal: AbortSignal, act: () => void): Disposable {
  signal.addEventListener("abort", act);
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", act) };
}

function signalOf(reason: unknown): NodeJS.Signals {
  return reason instanceof CancelledError && reason.exitCode === 130 ? "SIGINT" : "SIGTERM";
}

function headerOf({ version, intervalMs }: ProfileWatch, watched: Watched): Omit<CaptureHeader, "command" | "source"> {
  const { tracking, cgroupVersion, unavailable } = watched;
  const { totalBytes, cgroups } = readMachineMemory();
  return {
    schema: "mm.capture/1",
    version,
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
    this.#recording.collect();
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#writer.end({
      ...exit,
      atMs: Number(process.hrtime.bigint()) / 1e6 - this.#watched.originMs,
      cgroupPeakBytes: cgroupPeakBytes ?? null,
      oomKills,
      ownCpuMs: (user + system) / 1000,
      ownBytes: readProcessBytes(process.pid),
      missedTicks,
    });
    return exit;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#first);
    clearInterval(this.#timer);
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
      this.#context.emit({ type: "warning", message: `the capture ends here: ${error instanceof Error ? error.message : error}` });
    }
  }
}
