/**
 * A program of the user's that mm runs for him: with his terminal, environment, descriptors and process group, as if mm were not there.
 * All that it starts stays within reach, whatever leaves its parent, because orphans fall to this process (PR_SET_CHILD_SUBREAPER).
 */
import { type Clock, errnoOf, systemClock } from "../base/index.ts";
import { binding, type ChildExit, type NativeTracer, type SpawnLimits } from "../binding/index.ts";
import { findProgram } from "./find-program.ts";
import { startError } from "./start-error.ts";

export type GuestOptions = {
  /** A path, or a name that PATH knows. */
  readonly command: string;
  /** PATH, where the command's name is looked up. */
  readonly searchPath: string | undefined;
  readonly args: readonly string[];
  /** What its environment has beside, or instead of, this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** The descriptor it has as its standard output; this process's own when absent. */
  readonly stdoutFd?: number;
  readonly limits?: SpawnLimits;
  /** A cgroup.procs file that it enters before it is the program. */
  readonly cgroupProcs?: string;
  /** 0 to 1000, inherited by all it starts: how readily the kernel picks them when memory is out. */
  readonly oomScoreAdj?: number;
  /** Lives on when this process dies. */
  readonly outlivesParent?: boolean;
  /** Runs it under ptrace(2), where that is not refused. */
  readonly tracer?: NativeTracer;
  /** Added to the niceness of the calling thread. */
  readonly niceness?: number;
  readonly clock?: Clock;
};

export type GuestExit = ChildExit & { readonly elapsedMs: number };

/** The shell that runs a script without a first line of its own, as execvp(3) has it. */
const SHELL = "/bin/sh";
/** A killed process needs a moment to end. */
const KILL_ROUND_MS = 2;

export class Guest implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the program itself has been reaped; what it left behind may still run. Never rejects. */
  readonly exit: Promise<GuestExit>;
  #running = true;

  /** @throws InputMissingError, PermissionError or IoError when it cannot be started */
  constructor(options: GuestOptions) {
    const clock = options.clock ?? systemClock;
    const file = findProgram(options.command, options.searchPath);
    const startedMs = clock.nowMs();
    let reaped: (exit: ChildExit) => void = () => {};
    this.exit = new Promise<ChildExit>((resolve) => {
      reaped = resolve;
    }).then((exit) => {
      this.#running = false;
      return { ...exit, elapsedMs: clock.nowMs() - startedMs };
    });
    this.pid = start(options, file, (exit) => reaped(exit));
  }

  get running(): boolean {
    return this.#running;
  }

  /** The program and all that came from it, whoever is their parent now. Reaps those of them that have ended and nobody waits for. */
  processes(): number[] {
    const [, ...pids] = binding.processTree(process.pid);
    return pids.filter((pid) => pid === this.pid || !binding.reapAdopted(pid));
  }

  /** Signals the program alone; one that has ended is no error. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) signalProcess(this.pid, signal);
  }

  /** Signals the program and all that came from it. @returns how many took it */
  signalAll(signal: NodeJS.Signals): number {
    return this.processes().filter((pid) => signalProcess(pid, signal)).length;
  }

  /** Kills all that is left of it, and what that starts meanwhile. What has another user's rights (setuid) is out of reach. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.signalAll("SIGKILL") > 0) await new Promise((resolve) => setTimeout(resolve, KILL_ROUND_MS));
  }
}

function start(options: GuestOptions, file: string, onExit: (exit: ChildExit) => void): number {
  const spawn = (program: string, args: readonly string[]) =>
    binding.spawn(
      {
        file: program,
        args: [...args],
        env: Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`),
        cwd: ".",
        stdio: [0, options.stdoutFd ?? 1, 2],
        limits: options.limits ?? {},
        oomScoreAdj: options.oomScoreAdj ?? 0,
        niceness: options.niceness ?? 0,
        isGuest: true,
        outlivesParent: options.outlivesParent ?? false,
        ...(options.tracer === undefined ? {} : { tracer: options.tracer }),
        ...(options.cgroupProcs === undefined ? {} : { cgroupProcs: options.cgroupProcs }),
      },
      onExit,
    );
  try {
    return spawn(file, [options.command, ...options.args]);
  } catch (error) {
    if (errnoOf(error) !== "ENOEXEC") throw startError(file, error);
    return spawn(SHELL, [SHELL, file, ...options.args]);
  }
}

/** @returns false for a process that has ended meanwhile, or has another user's rights now */
function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
