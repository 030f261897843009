/** Where the proof of picture gets its frames: from a decoding child through a native pump, or from frames parked on disk earlier. */
import { closeSync } from "node:fs";
import { IoError } from "../base/index.ts";
import type { Frame, FramePool, FrameTimestamp, SpillRun } from "../memory/index.ts";
import type { ChildResult } from "../process/index.ts";
import { type EngineJob, runEngine, SILENCE_MS, stuck } from "./engine-child.ts";
import { kernels, type NativeFramePump } from "./kernels.ts";
import { CREDIT_FRAMES } from "./proof-shape.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** Frames one after the other; undefined at the end. Each frame belongs to the caller. */
export type FrameSource = {
  next(timestamp: FrameTimestamp): Promise<Frame | undefined>;
};

/** Frames of a child that writes raw video. */
export class DecodedFrames implements FrameSource, AsyncDisposable {
  readonly #pool: FramePool;
  readonly #pump: NativeFramePump;
  readonly #stop = new AbortController();
  readonly #child: Promise<ChildResult>;
  readonly #doing: string;
  readonly #silenceMs: number;

  constructor(pool: FramePool, job: Omit<EngineJob, "outputFd" | "onProgress">) {
    this.#pool = pool;
    this.#doing = job.doing;
    this.#silenceMs = job.silenceMs ?? SILENCE_MS;
    const pipe = kernels.pipe(1024 * 1024);
    try {
      this.#pump = kernels.framePump(pipe.readFd, pool.pool.native, pool.layout.frameBytes, CREDIT_FRAMES);
    } catch (error) {
      closeSync(pipe.readFd);
      closeSync(pipe.writeFd);
      throw error;
    }
    this.#child = runEngine({ ...job, outputFd: pipe.writeFd, signal: AbortSignal.any([job.signal, this.#stop.signal]) });
    // A child that fails is heard in next() or drain(); until then nobody waits for this promise.
    this.#child.catch(() => {});
    closeSync(pipe.writeFd);
  }

  async next(timestamp: FrameTimestamp): Promise<Frame | undefined> {
    using _watch = this.#watch();
    const { slot, trailingBytes } = await this.#pump.next();
    if (slot >= 0) return this.#pool.adopt(slot, timestamp);
    await this.#child;
    if (trailingBytes > 0) throw new IoError(`ffmpeg stopped inside a frame while ${this.#doing}`, { details: { trailingBytes } });
    return undefined;
  }

  /** Waits for the child's end. @returns what it complained about, "" when it had nothing to say */
  async complaints(): Promise<string> {
    using _watch = this.#watch();
    return (await this.#child).stderrTail.trim();
  }

  /** Runs only while somebody waits for the child: one whose frames nobody takes is held up by us. */
  #watch(): SilenceWatch {
    return new SilenceWatch(this.#silenceMs, () => this.#stop.abort(stuck(this.#doing, this.#silenceMs)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pump.close();
    this.#stop.abort();
    await this.#child.catch(() => {});
  }
}

/** Raw frames read back from a spill run, checksums checked block by block. */
export class ParkedFrames implements FrameSource, AsyncDisposable {
  readonly #pool: FramePool;
  readonly #blocks: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal;
  #block: Uint8Array = new Uint8Array(0);

  constructor(pool: FramePool, run: SpillRun, signal: AbortSignal) {
    this.#pool = pool;
    this.#blocks = run.blocks()[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  async next(timestamp: FrameTimestamp): Promise<Frame | undefined> {
    const frame = await this.#pool.loanWait(timestamp, { signal: this.#signal });
    try {
      if (await this.#fill(frame.bytes())) return frame;
    } catch (error) {
      frame[Symbol.dispose]();
      throw error;
    }
    frame[Symbol.dispose]();
    return undefined;
  }

  /** False when the run ends first. */
  async #fill(bytes: Uint8Array): Promise<boolean> {
    let filled = 0;
    while (filled < bytes.length) {
      if (this.#block.length === 0) {
        const block = await this.#blocks.next();
        if (block.done) return false;
        this.#block = block.value;
      }
      const part = this.#block.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#block = this.#block.subarray(part.length);
    }
    return true;
  }

  /** Lets go of the run's read buffer. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#blocks.return?.();
  }
}
