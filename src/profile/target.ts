/** What is profiled: a command that is started for it, or a process that runs already. A native thread looks at its tree at every tick. */
import { errnoOf, InputMissingError, monotonicMs, PermissionError } from "../base/index.ts";
import { binding, type NativeSampler, type SamplerFigures } from "../binding/index.ts";
import type { OwnCgroup } from "../memory/index.ts";
import { Guest, type GuestExit } from "../process/index.ts";
import type { CaptureBatch, CaptureHeader } from "./capture/index.ts";
import { missingOf, missingOnHost, prepareTracking } from "./tracking.ts";

export type { SamplerFigures } from "../binding/index.ts";

/** A tree that is looked at. */
export interface Watched {
  /** The top of the tree. */
  readonly pid: number;
  readonly tracking: CaptureHeader["tracking"];
  /** Of the target's own cgroup; 0 = it has none. */
  readonly cgroupVersion: 0 | 1 | 2;
  /** What cannot be known on this host, in words. */
  readonly unavailable: readonly string[];
  /** process.hrtime in milliseconds at which `atMs` is 0. */
  readonly originMs: number;
  /** What was seen since the last call: at least every 10 s, or rows are lost and counted. */
  drain(): CaptureBatch;
  figures(): SamplerFigures;
  /** Measures every process as soon as possible, whatever it costs. */
  measureNow(): void;
}

export type TargetOptions = {
  /** A path, or a name to be found in searchPath. */
  readonly command: string;
  readonly args: readonly string[];
  readonly searchPath: string | undefined;
  /** What its environment has beside, or instead of, this process's. */
  readonly env: Readonly<Record<string, string>>;
  /** The descriptor it has as its standard output; this process's own when undefined. */
  readonly stdoutFd: number | undefined;
  readonly intervalMs: number;
  /** Trace it with ptrace(2), so that no process is too short to be seen. */
  readonly everyProcess: boolean;
};

/**
 * A command, started in a cgroup of its own where one can be made. It does not depend on this process: what kills the profiler leaves the
 * command alone, as it would be without a profiler. What the command leaves behind runs on.
 */
export class Target implements Watched, AsyncDisposable {
  readonly pid: number;
  /** Resolves when the command itself has ended; what it left behind may still run. Never rejects. */
  readonly exit: Promise<GuestExit>;
  readonly tracking: CaptureHeader["tracking"];
  readonly cgroupVersion: 0 | 1 | 2;
  readonly unavailable: readonly string[];
  readonly originMs: number;
  readonly #guest: Guest;
  readonly #sampler: NativeSampler;
  readonly #cgroup: OwnCgroup | undefined;

  /** @throws InputMissingError, PermissionError or IoError when it cannot be started */
  constructor(options: TargetOptions) {
    const tracking = prepareTracking(options.everyProcess);
    const { tracer } = tracking;
    this.#cgroup = typeof tracking.cgroup === "string" ? undefined : tracking.cgroup;
    const originMicros = nowMicros();
    this.originMs = originMicros / 1000;
    try {
      this.#guest = new Guest({
        command: options.command,
        searchPath: options.searchPath,
        args: options.args,
        env: options.env,
        outlivesParent: true,
        ...(options.stdoutFd === undefined ? {} : { stdoutFd: options.stdoutFd }),
        ...(this.#cgroup === undefined ? {} : { cgroupProcs: this.#cgroup.procs }),
        ...(tracer === undefined ? {} : { tracer }),
      });
    } catch (error) {
      void this.#cgroup?.[Symbol.asyncDispose]();
      throw error;
    }
    this.pid = this.#guest.pid;
    const isTraced = tracer !== undefined && tracer.refusal() === 0;
    this.tracking = isTraced ? "ptrace" : this.#cgroup === undefined ? "descendants" : "cgroup";
    this.cgroupVersion = this.#cgroup?.version ?? 0;
    this.unavailable = missingOf(tracking, options.intervalMs);
    this.#sampler = binding.sampler({
      pid: this.pid,
      adoptsOrphans: true,
      followsSessions: false,
      intervalMs: options.intervalMs,
      originMicros,
      cgroupFolder: this.#cgroup?.folder ?? "",
      cgroupVersion: this.cgroupVersion,
      ...(isTraced ? { tracer } : {}),
    });
    this.exit = this.#guest.exit.then((exit) => {
      this.#sampler.rootEnded(exit.code, exit.signal);
      return exit;
    });
  }

  drain(): CaptureBatch {
    return this.#sampler.drain();
  }

  figures(): SamplerFigures {
    return this.#sampler.figures();
  }

  measureNow(): void {
    this.#sampler.measureNow();
  }

  /** Signals the command alone; one that has ended is no error. */
  signal(signal: NodeJS.Signals): void {
    this.#guest.signal(signal);
  }

  /** A last look, to be drained. Idempotent. */
  end(): SamplerFigures {
    this.#sampler.stop();
    return this.#sampler.figures();
  }

  /** Removes the cgroup, unless something the command left behind runs in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { isTreeAlive } = this.end();
    if (!isTreeAlive) await this.#cgroup?.[Symbol.asyncDispose]();
  }
}

/** A process that runs already, and what comes from it. */
export class AttachedTarget implements Watched, Disposable {
  readonly pid: number;
  readonly tracking = "descendants";
  readonly cgroupVersion = 0;
  readonly unavailable: readonly string[];
  readonly originMs: number;
  readonly #sampler: NativeSampler;

  /** @throws InputMissingError when there is no such process, PermissionError when it is another user's */
  constructor(pid: number, intervalMs: number) {
    this.pid = pid;
    assertReadable(pid);
    const originMicros = nowMicros();
    this.originMs = originMicros / 1000;
    this.#sampler = binding.sampler({
      ...{ pid, adoptsOrphans: false, followsSessions: true, intervalMs, originMicros, cgroupFolder: "", cgroupVersion: 0 },
    });
    const { refused } = this.#sampler.figures();
    const unread = `shares of shared memory in ${refused} processes of other users: they count by their resident sizes`;
    const lost = "children that lose their parent within a tick: only who starts a tree can adopt them";
    this.unavailable = [...missingOnHost(), lost, ...(refused > 0 ? [unread] : [])];
  }

  drain(): CaptureBatch {
    return this.#sampler.drain();
  }

  /** `isTreeAlive` says whether anything is left to look at. */
  figures(): SamplerFigures {
    return this.#sampler.figures();
  }

  measureNow(): void {
    this.#sampler.measureNow();
  }

  /** A last look, to be drained. Idempotent. */
  end(): SamplerFigures {
    this.#sampler.stop();
    return this.#sampler.figures();
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

function nowMicros(): number {
  return Math.round(monotonicMs() * 1000);
}

function assertReadable(pid: number): void {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") throw new InputMissingError(`there is no process ${pid}`, { hint: "a pid that ps -e shows" });
    throw new PermissionError(`process ${pid} is another user's`, { hint: `sudo mm profile attach ${pid}`, cause: error });
  }
}
