/**
 * Bundled in the place of dist/cli/worker.js: the same door, but a command that does what the input's name says, so that the roof can
 * be tested without an engine.
 */
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { BudgetExceededError, IoError } from "../../src/base/index.ts";
import { serve } from "../../src/cli/serve.ts";

const MIB = 1024 * 1024;
const limit = {
  limitBytes: 300 * MIB,
  source: "flag",
  boundBy: "limit",
  othersBytes: 0,
  kernelBytes: 10 * MIB,
  budgetBytes: 290 * MIB,
  lines: [
    { what: "limit: --max-memory", bytes: 300 * MIB },
    { what: "kernel memory: 4 MiB + 2 children x 3 MiB", bytes: -10 * MIB },
  ],
};
const plan = {
  limit,
  lines: [
    { tag: "runtime.baseline", bytes: 29 * MIB, because: "Node and mm before any work, measured" },
    { tag: "lane.encoder", bytes: 180 * MIB, because: "lookahead 20 + 3 B-frames: 25 frames of 7.3 MiB" },
  ],
  plannedPeakBytes: 209 * MIB,
  memoryEstimated: false,
  minimumLimitBytes: 203 * MIB,
  lowered: [{ setting: "rc-lookahead", from: "40", to: "20", price: "0.4 % more bits at the same quality" }],
  savedBytes: 120 * MIB,
  facts: [
    { name: "engine", text: "ffmpeg 5.1.9 (/usr/bin/ffmpeg)" },
    { name: "input", text: "h264 1920x1080 yuv420p, 360 frames, mp4" },
    { name: "output", text: "h264 medium crf 23, 2 sliced threads, mp4" },
    { name: "streams", text: "audio aac" },
  ],
};
const memory = {
  limitBytes: 300 * MIB,
  limitSource: "flag",
  plannedPeakBytes: 209 * MIB,
  peakBytes: 201 * MIB,
  peakLedgerBytes: 209 * MIB,
  peakResidentBytes: 260 * MIB,
  sampleMs: 20,
  poolSlots: 6,
  poolAvailable: 6,
  spilledBytes: 0,
  copiedBytes: 0,
  admissionWaitMs: 12,
  steps: [{ step: "drop", name: "mapped windows", cause: "resident", freedBytes: 4 * MIB, times: 2, atMs: 1234 }],
  owners: [
    { tag: "lane.ffmpeg", currentBytes: 0, peakBytes: 180 * MIB, reservations: 3 },
    { tag: "runtime.baseline", currentBytes: 29 * MIB, peakBytes: 29 * MIB, reservations: 1 },
  ],
  heldBy: "ledger",
  ownPeakBytes: 31 * MIB,
  ownLedgerPeakBytes: 37 * MIB,
  baselineBytes: 29 * MIB,
};
const result = {
  framesIn: 360,
  framesOut: 360,
  chunks: 2,
  resumedChunks: 0,
  lanes: 1,
  route: "fused",
  lowered: plan.lowered,
  encoderArgs: ["-c:v", "libx264"],
  durationSeconds: 12,
  outputBytes: 5 * MIB,
  engine: { path: "/usr/bin/ffmpeg", version: "5.1.9" },
  psnr: 42.123,
  ssim: 0.98765,
  framesCompared: 18,
};

function waitFor(milliseconds, signal) {
  return setTimeout(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

function progress(done, memoryBytes) {
  const shown = { phase: "encode", done, total: 360, unit: "frames", fps: 31.2, speed: 1.04, etaSeconds: (360 - done) / 31.2 };
  return { type: "progress", progress: { ...shown, memoryBytes, limitBytes: limit.limitBytes, lanes: 1 } };
}

function sample(atMs, treeBytes) {
  const level = treeBytes > 285 * MIB ? "critical" : treeBytes > 240 * MIB ? "warning" : "ok";
  const parts = { ownBytes: 31 * MIB, childrenBytes: treeBytes - 31 * MIB, sharedBytes: 0, ledgerBytes: 209 * MIB };
  return { type: "memory", sample: { atMs, treeBytes, residentBytes: treeBytes + 50 * MIB, ...parts, level } };
}

async function encode({ emit, signal }, seconds) {
  const steps = seconds * 20;
  for (let step = 0; step <= steps; step += 1) {
    const treeBytes = Math.round((60 + 140 * Math.sin((step / steps) * 3.1)) * MIB);
    emit(progress(Math.floor((step / steps) * 360), treeBytes));
    emit(sample(step * 50, treeBytes));
    if (step === Math.floor(steps / 2)) emit({ type: "warning", message: "half of it\u001b[31m is done", hint: "go on" });
    await waitFor(50, signal);
  }
}

const BEHAVIOURS = {
  /** Ends at once. */
  ok: async () => {},
  long: (context) => encode(context, 8),
  short: (context) => encode(context, 1),
  /** Ends only when it is told to. */
  wait: ({ signal }) => waitFor(60_000, signal),
  /** As ffmpeg does on Ctrl-C: fails for itself before anybody has told it to stop. */
  child: async ({ signal }) => {
    await waitFor(60_000, signal).catch(() => {});
    throw new IoError("ffmpeg ended with 255");
  },
  /** The same, with work that is kept. */
  kept: async ({ signal }) => {
    await waitFor(60_000, signal).catch(() => {});
    throw new IoError("ffmpeg ended with 255", { hint: "mm doctor" }).keeping("3 of 8 chunks");
  },
  /** Blocked in a system call, deaf to everything: opens a FIFO nobody writes to. */
  stuck: ({ emit }) => {
    emit({ type: "detail", message: "stuck" });
    readFileSync(process.env.FAKE_FIFO);
  },
  budget: () => {
    throw new BudgetExceededError("over the memory limit", {
      hint: "--max-memory 1500M, or --preset faster",
      details: { wanted: "1.4 GiB for one lane: encoder 1.1 GiB, decoder 180 MiB, 8 frames 95 MiB", limit: "1.0 GiB from --max-memory" },
    });
  },
  io: () => {
    throw new IoError("ffmpeg failed while encoding chunk 3", {
      hint: "mm doctor",
      details: { exit: 1, said: "line one\nline\u001b[2Jtwo\n" },
    });
  },
  bug: () => {
    throw new TypeError("undefined is not a function");
  },
  crash: () => {
    setImmediate(() => {
      throw new Error("thrown from nowhere");
    });
    return new Promise(() => {});
  },
  heap: () => {
    const kept = [];
    for (;;) kept.push(new Array(1000).fill(kept.length));
  },
  alarm: async ({ signal }) => {
    process.emitWarning("a segment was collected without close()", "MemoryLeakWarning");
    await waitFor(20, signal);
  },
  vanish: () => process.exit(0),
};

async function transcode(settings, context) {
  const [behaviour] = settings.input.split(".");
  context.emit({ type: "plan", plan });
  if (!settings.dryRun) await BEHAVIOURS[behaviour](context);
  return { schema: "mm.report/1", command: "transcode", ok: true, elapsedMs: 14200, memory, result };
}

serve(parentPort, { transcode });
