/** Records one run, or one look at a process that runs, into a capture. */
import { rmSync } from "node:fs";
import { release } from "node:os";
import { CancelledError, Scope } from "../base/index.ts";
import { cpuQuota, readMachineMemory, readProcessBytes } from "../memory/index.ts";
import { type CaptureHeader, CaptureWriter, LiveState, Recording, Target } from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import type { ProfileAttach, ProfileRun, ProfileWatch } from "./profile-settings.ts";
import type { RecordedExit } from "./profile-watch.ts";

/** So often what was seen goes into the file: what a profiler that is killed loses. */
const FLUSH_MS = 1000;
const LIVE_FLUSH_MS = 250;
const STANDARD_ERROR_FD = 2;

/** @throws MmError when the command cannot be started; IoError when the capture cannot be written, once the command has ended */
export async function recordRun(settings: ProfileRun, path: string, context: CommandContext): Promise<RecordedExit> {
  const [command = "", ...args] = settings.command;
  if (settings.overwrite) rmSync(path, { force: true });
  await using scope = new Scope();
  const target = scope.use(
    new Target({
      ...{ command, args, searchPath: settings.searchPath, env: {} },
      stdoutFd: settings.stdoutToStderr ? STANDARD_ERROR_FD : undefined,
      intervalMs: settings.intervalMs,
      everyProcess: settings.everyProcess,
    }),
  );
  const pass = () => target.signal(signalOf(context.signal.reason));
  context.signal.addEventListener("abort", pass);
  scope.defer(() => context.signal.removeEventListener("abort", pass));
  const header = { ...headerOf(settings, target), command: settings.command, source: "run" } as const;
  const writing = new Writing(scope.use(new CaptureWriter(path, header)), target, settings, context);
  scope.defer(() => writing.stop());
  const { code, signal } = await target.exit;
  const exit = { exitCode: signal === 0 ? code : null, signal: signal === 0 ? null : signal };
  writing.end(exit);
  return exit;
}

/** Until the process ends, the time is over, or the user ends it. @throws MmError */
export async function recordAttached(settings: ProfileAttach, path: string, context: CommandContext): Promise<RecordedExit> {
  throw new Error(`not yet: ${settings.pid} ${path} ${context.signal.aborted}`);
}

function signalOf(reason: unknown): NodeJS.Signals {
  return reason instanceof CancelledError && reason.exitCode === 130 ? "SIGINT" : "SIGTERM";
}

function headerOf(settings: ProfileWatch, { tracking, cgroupVersion, unavailable }: Target): Omit<CaptureHeader, "command" | "source"> {
  const { totalBytes, cgroups } = readMachineMemory();
  return {
    schema: "mm.capture/1",
    version: settings.version,
    startedAt: new Date().toISOString(),
    intervalMs: settings.intervalMs,
    tracking,
    host: { kernel: release(), cpus: cpuQuota().count, memoryBytes: totalBytes, cgroupVersion },
    limitBytes: Math.min(totalBytes, ...cgroups.map(({ limitBytes }) => limitBytes)),
    unavailable,
  };
}

/** Writes what comes, again and again, until the end. */
class Writing {
  readonly #writer: CaptureWriter;
  readonly #recording: Recording;
  readonly #target: Target;
  readonly #timer: NodeJS.Timeout;
  readonly #startMs = performance.now();
  readonly #cpu = process.cpuUsage();
  #failure: unknown;

  constructor(writer: CaptureWriter, target: Target, settings: ProfileWatch, context: CommandContext) {
    const live = new LiveState(Math.min(...[readMachineMemory().totalBytes]));
    this.#writer = writer;
    this.#target = target;
    this.#recording = new Recording({ writer, live, sampler: target, witnesses: [] });
    this.#timer = setInterval(
      () => {
        this.#collect(context);
        if (settings.live) context.emit({ type: "tree", tree: live.tree() });
      },
      settings.live ? LIVE_FLUSH_MS : FLUSH_MS,
    );
  }

  /** The last rows and how it ended. @throws IoError when anything could not be written */
  end(exit: RecordedExit): void {
    this.stop();
    if (this.#failure !== undefined) throw this.#failure;
    const { cgroupPeakBytes, oomKills, missedTicks } = this.#target.end(exit);
    this.#recording.collect();
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#writer.end({
      ...exit,
      atMs: performance.now() - this.#startMs,
      cgroupPeakBytes: cgroupPeakBytes ?? null,
      oomKills,
      ownCpuMs: (user + system) / 1000,
      ownBytes: readProcessBytes(process.pid),
      missedTicks,
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The command goes on, whatever becomes of its capture. */
  #collect(context: CommandContext): void {
    try {
      this.#recording.collect();
    } catch (error) {
      this.stop();
      this.#failure = error;
      context.emit({ type: "warning", message: `the capture ends here: ${error instanceof Error ? error.message : error}` });
    }
  }
}
