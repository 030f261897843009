/**
 * One child process under limits: spawned by the addon (fork, rlimits, PDEATHSIG, closed descriptors, cleared environment), with
 * real pipes for what it says. Knows nothing of what the program is. A child left alive is killed with its descendants on dispose.
 */
import { type Clock, errnoOf, InternalError, systemClock } from "../base/index.ts";
import { binding, type ChildExit, type SpawnLimits } from "../binding/index.ts";
import { ChildPipes } from "./pipes.ts";
import { startError } from "./start-error.ts";
import { TextTail } from "./text.ts";

export type ChildOptions = {
  readonly file: string;
  /** Arguments after the program name. */
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where standard output goes: nowhere, line by line to a function, or to a descriptor the caller owns. */
  readonly stdout: "ignore" | ((line: string) => void) | number;
  /** Standard input, a descriptor the caller owns; absent = /dev/null. */
  readonly stdin?: number;
  /** How much of the end of standard error is kept; 8 KiB when absent. */
  readonly stderrTailBytes?: number;
  /** Receives the lines the child writes to its descriptor 3. */
  readonly control?: (line: string) => void;
  /** Told how many UTF-16 units came through a pipe of ours, whichever it is. */
  readonly onText?: (length: number) => void;
  readonly limits: SpawnLimits;
  /** 0 to 1000: how readily the kernel picks this process when memory is out. */
  readonly oomScoreAdj: number;
  readonly clock?: Clock;
};

export type ChildResult = ChildExit & {
  /** The end of what the child wrote to standard error. */
  readonly stderrTail: string;
  readonly elapsedMs: number;
};

const STDERR_TAIL_BYTES = 8 * 1024;

/** Starts a program. @throws InputMissingError, PermissionError or IoError when it cannot be started */
export function spawnChild(options: ChildOptions): Child {
  return new Child(options);
}

export class Child implements AsyncDisposable {
  readonly pid: number;
  /** Resolves when the child has been reaped and its pipes are drained; never rejects. */
  readonly exit: Promise<ChildResult>;
  #running = true;

  constructor(options: ChildOptions) {
    const clock = options.clock ?? systemClock;
    const startedMs = clock.nowMs();
    const stderr = new TextTail(options.stderrTailBytes ?? STDERR_TAIL_BYTES);
    const pipes = new ChildPipes(options.onText);
    let reaped: (exit: ChildExit) => void = () => {};
    const exited = new Promise<ChildExit>((resolve) => {
      reaped = resolve;
    });
    try {
      const stdio = [options.stdin ?? -1, stdoutFd(options.stdout, pipes), pipes.textTo((chunk) => stderr.push(chunk))];
      if (options.control !== undefined) stdio.push(pipes.linesTo(options.control));
      this.pid = binding.spawn(
        {
          file: options.file,
          args: [options.file, ...options.args],
          env: Object.entries(options.env).map(([name, value]) => `${name}=${value}`),
          cwd: options.cwd,
          stdio,
          limits: options.limits,
          oomScoreAdj: options.oomScoreAdj,
          niceness: 0,
        },
        (exit) => reaped(exit),
      );
    } catch (error) {
      pipes.destroy();
      throw startError(options.file, error);
    } finally {
      pipes.closeChildEnds();
    }
    this.exit = exited.then(async (exit) => {
      this.#running = false;
      await pipes.drained();
      return { ...exit, stderrTail: stderr.text(), elapsedMs: clock.nowMs() - startedMs };
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Signals the child and its descendants; a child that is gone is no error. */
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    if (!this.#running) return;
    for (const pid of binding.processTree(this.pid)) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (errnoOf(error) !== "ESRCH") throw new InternalError(`cannot signal child ${pid}`, { cause: error });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.exit;
  }
}

function stdoutFd(stdout: ChildOptions["stdout"], pipes: ChildPipes): number {
  if (stdout === "ignore") return -1;
  return typeof stdout === "number" ? stdout : pipes.linesTo(stdout);
}
