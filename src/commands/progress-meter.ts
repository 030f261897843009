/** From counts to what a progress display needs: rate, time left, memory now. */
import type { MemoryLimit, MemorySample } from "../memory/index.ts";
import type { CommandContext, Progress } from "./command.ts";

/** Displays redraw about this often; more events would only make garbage. */
const EVENT_INTERVAL_MS = 100;

/** What the phases count. */
const UNITS: Readonly<Record<Progress["phase"], Progress["unit"]>> = {
  wait: "bytes",
  spool: "bytes",
  index: "frames",
  pass1: "frames",
  encode: "frames",
  join: "frames",
  proof: "chunks",
  read: "bytes",
  cluster: "records",
  measure: "bytes",
  write: "bytes",
  verify: "bytes",
  restore: "bytes",
  lift: "bytes",
  expand: "bytes",
  parse: "bytes",
};

/** What lanes work at; sequences have threads. */
const LANED: readonly Progress["unit"][] = ["frames", "chunks"];

export class ProgressMeter {
  readonly #limit: MemoryLimit;
  readonly #emit: CommandContext["emit"];
  #phase: Progress["phase"] = "index";
  #phaseStartMs = performance.now();
  /** Of the phase, what was done when it was first heard of: an earlier run's work, after --resume. */
  #phaseStartDone = 0;
  #done = 0;
  #total = 0;
  #lastEventMs = 0;
  #lastSampleMs = 0;
  #memoryBytes = 0;
  #highest: MemorySample | undefined;
  /** Displayed frames per second of the input; 0 while unknown. */
  frameRate = 0;
  lanes = 1;
  /** Read so far, of messages. */
  releases: number | undefined;

  constructor(limit: MemoryLimit, emit: CommandContext["emit"]) {
    this.#limit = limit;
    this.#emit = emit;
  }

  /** Passes on the highest sample of each interval, so that no peak is lost between events. */
  sampled(sample: MemorySample): void {
    this.#memoryBytes = sample.treeBytes;
    if (this.#highest === undefined || sample.treeBytes > this.#highest.treeBytes) this.#highest = sample;
    if (performance.now() - this.#lastSampleMs < EVENT_INTERVAL_MS) return;
    this.#lastSampleMs = performance.now();
    this.#emit({ type: "memory", sample: this.#highest });
    this.#highest = undefined;
  }

  /** What the job is at, for those who look at it from outside. */
  get state(): { readonly phase: string; readonly done: number; readonly total: number } {
    return { phase: this.#phase, done: this.#done, total: this.#total };
  }

  /** @param total - 0 while unknown */
  progressed(phase: Progress["phase"], done: number, total: number): void {
    const nowMs = performance.now();
    this.#done = done;
    this.#total = total;
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#phaseStartMs = nowMs;
      this.#phaseStartDone = done;
    } else if (done < total && nowMs - this.#lastEventMs < EVENT_INTERVAL_MS) return;
    this.#lastEventMs = nowMs;
    const seconds = (nowMs - this.#phaseStartMs) / 1000;
    const fps = seconds > 0 ? (done - this.#phaseStartDone) / seconds : 0;
    this.#emit({
      type: "progress",
      progress: {
        phase,
        done,
        total,
        unit: UNITS[phase],
        fps: UNITS[phase] === "frames" ? fps : 0,
        speed: this.frameRate > 0 ? fps / this.frameRate : 0,
        bytesPerSecond: phase === "parse" ? fps : 0,
        ...(this.releases === undefined ? {} : { releases: this.releases }),
        etaSeconds: phase !== "wait" && fps > 0 && total > 0 ? (total - done) / fps : undefined,
        memoryBytes: this.#memoryBytes,
        limitBytes: this.#limit.limitBytes,
        lanes: LANED.includes(UNITS[phase]) ? this.lanes : 0,
      },
    });
  }
}
