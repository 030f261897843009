import { binding, type NativeSampler, type SamplerFigures } from "../binding/index.ts";
import { Guest, type GuestExit } from "../process/index.ts";
import type { CaptureBatch, CaptureHeader } from "./capture/index.ts";

export type TargetOptions = {
  readonly command: string;
  readonly args: readonly string[];
  readonly searchPath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdoutFd: number | undefined;
  readonly intervalMs: number;
  readonly everyProcess: boolean;
};

export class Target implements AsyncDisposable {
  readonly pid: number;
  readonly exit: Promise<GuestExit>;
  readonly tracking: CaptureHeader["tracking"] = "descendants";
  readonly cgroupVersion = 0;
  readonly unavailable: readonly string[] = [];
  readonly #guest: Guest;
  readonly #sampler: NativeSampler;

  constructor(options: TargetOptions) {
    const originMicros = Number(process.hrtime.bigint() / 1000n);
    this.#guest = new Guest({
      command: options.command,
      args: options.args,
      searchPath: options.searchPath,
      env: options.env,
      ...(options.stdoutFd === undefined ? {} : { stdoutFd: options.stdoutFd }),
    });
    this.pid = this.#guest.pid;
    this.exit = this.#guest.exit;
    this.#sampler = binding.sampler({
      pid: this.pid,
      adoptsOrphans: true,
      followsSessions: false,
      intervalMs: options.intervalMs,
      originMicros,
      cgroupFolder: "",
      cgroupVersion: 0,
    });
  }

  drain(): CaptureBatch {
    return this.#sampler.drain();
  }

  end({ exitCode, signal }: { exitCode: number | null; signal: number | null }): SamplerFigures {
    this.#sampler.rootEnded(exitCode ?? -1, signal ?? 0);
    this.#sampler.stop();
    return this.#sampler.figures();
  }

  signal(signal: NodeJS.Signals): void {
    this.#guest.signal(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sampler.stop();
  }
}
