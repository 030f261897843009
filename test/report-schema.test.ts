import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { BudgetExceededError, UnsupportedError } from "../src/base/index.ts";
import { failureDocument, planDocument, reportDocument } from "../src/cli/documents.ts";
import { toFailure } from "../src/cli/messages.ts";
import type {
  DoctorReport,
  ExpandResult,
  MemoryStats,
  ParseResult,
  ProfileResult,
  ReduceResult,
  Report,
  RestoreResult,
  RunResult,
  TranscodeResult,
} from "../src/commands/index.ts";

const schema = JSON.parse(readFileSync(new URL("../docs/schemas/report.schema.json", import.meta.url), "utf8"));
const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allowUnionTypes: true, allErrors: true }).compile(
  schema,
);

/** As a reader gets it: through JSON, where undefined is absent. */
function isValid(document: object): boolean {
  return validate(JSON.parse(JSON.stringify(document)));
}

const MEMORY: MemoryStats = {
  limitBytes: 314572800,
  limitSource: "flag",
  plannedPeakBytes: 219152384,
  peakBytes: 210763776,
  peakLedgerBytes: 219152384,
  peakResidentBytes: 272629760,
  sampleMs: 20.4,
  poolSlots: 6,
  poolAvailable: 6,
  spilledBytes: 0,
  copiedBytes: 0,
  admissionWaitMs: 12.5,
  steps: [{ step: "drop", name: "mapped windows", cause: "resident", freedBytes: 4194304, times: 2, atMs: 1234 }],
  owners: [{ tag: "lane.ffmpeg", currentBytes: 0, peakBytes: 188743680, reservations: 3 }],
  heldBy: "ledger",
  ownPeakBytes: 32505856,
  ownLedgerPeakBytes: 38797312,
  baselineBytes: 30408704,
};

const RESULT: TranscodeResult = {
  framesIn: 360,
  framesOut: 360,
  chunks: 2,
  resumedChunks: 1,
  lanes: 2,
  lanesPlanned: 1,
  memoryEstimated: false,
  route: "fused",
  lowered: [{ setting: "rc-lookahead", from: "40", to: "20", price: "0.4 % more bits" }],
  encoderArgs: ["-c:v", "libx264"],
  durationSeconds: 12,
  outputBytes: 5242880,
  engine: { path: "/usr/bin/ffmpeg", version: "5.1.9" },
  psnr: null,
  ssim: 1,
  framesCompared: 18,
};

const TRANSCODE: Report<TranscodeResult> = {
  schema: "mm.report/1",
  command: "transcode",
  ok: true,
  elapsedMs: 14200,
  memory: MEMORY,
  result: RESULT,
};

const REDUCED: ReduceResult = {
  records: 3,
  representatives: 2,
  members: 1,
  exactDuplicates: 1,
  residues: 900,
  alphabet: "protein",
  identity: 0.85,
  targetBytes: 700,
  targetReached: true,
  steps: [
    { identity: 0.9, representatives: 3, representativeBytes: 990 },
    { identity: 0.85, representatives: 2, representativeBytes: 640 },
  ],
  inputs: [
    { name: "a.fasta", byteLength: 600 },
    { name: "standard input", byteLength: 400 },
  ],
  inputBytes: 1000,
  packedBytes: null,
  representativeBytes: 640,
  deltaBytes: 200,
  clusterBytes: 120,
  sha256: "0123456789abcdef".repeat(4),
  verified: false,
  resumedStages: ["read"],
  rounds: 1,
  alignments: 1,
  diskPeakBytes: 0,
  lengths: [0, 0, 3],
  identities: [1],
  clusterSizes: [0, 1, 1],
  shortest: 2,
  longest: 3,
  longestRecord: 1,
  gcResidues: 0,
  gcContents: [],
  complexities: [0, 3],
};
const REDUCE: Report<ReduceResult> = { ...TRANSCODE, command: "reduce", result: REDUCED };
const RESTORED: RestoreResult = { records: 3, outputBytes: 1000, sha256: REDUCED.sha256, identical: true };
const RESTORE: Report<RestoreResult> = { ...TRANSCODE, command: "restore", result: RESTORED };

const EXPANDED: ExpandResult = {
  lines: 12,
  hits: 10,
  ambiguous: 1,
  memberHits: 30,
  ...{ same: 3, computed: 20, fewest: 4, inherited: 2, clipped: 1 },
  ...{ representatives: 100, members: 300, stored: 2 },
  ...{ inputBytes: 1200, outputBytes: 5000, diskPeakBytes: 65536 },
};

const EXPAND: Report<ExpandResult> = { ...TRANSCODE, command: "expand", result: EXPANDED };

const PARSED: ParseResult = {
  ...{ files: 3, failedFiles: 1, releases: 214, tracks: 1893, deals: 642, parties: 310, problems: 2, elements: 61044, maxDepth: 10 },
  ...{ bytes: 3670016, outputBytes: 2097152, bytesPerSecond: 157286400, retries: 0, jobs: 2, diskPeakBytes: 0, internedBytes: 0 },
};
const PARSE: Report<ParseResult> = { ...TRANSCODE, command: "parse", result: PARSED };

const RAN: RunResult = {
  ...{ command: ["make", "-j8"], exitCode: 143, signal: "SIGTERM", peakBytes: 186646528, peakResidentBytes: 272629760, processes: 9 },
  ...{ largest: [{ name: "cc1plus", processes: 8, bytes: 178257920 }], userMs: 5120.5, systemMs: 300, leftBehind: 0 },
  cgroup: { version: 2, limitBytes: 286261248, peakBytes: null, oomKills: 0 },
};
const RUN: Report<RunResult> = { ...TRANSCODE, command: "run", result: RAN };

const LIMIT = {
  limitBytes: 314572800,
  source: "cgroup",
  boundBy: "cgroup",
  budgetBytes: 304087040,
  lines: [
    { what: "limit: memory cgroup /sys/fs/cgroup", bytes: 314572800 },
    { what: "kernel memory", bytes: -10485760 },
  ],
} satisfies Partial<DoctorReport["result"]["limit"]>;

/** With figures in the limit that a report does not carry. */
const PLAN = {
  limit: { ...LIMIT, othersBytes: 5, kernelBytes: 10485760, textBytes: 0 },
  lines: [{ tag: "lane.encoder", bytes: 188743680, because: "25 frames" }],
  plannedPeakBytes: 219152384,
  memoryEstimated: false,
  minimumLimitBytes: 212860928,
  lowered: [{ setting: "rc-lookahead", from: "40", to: "20", price: "0.4 % more bits" }],
  savedBytes: 125829120,
  facts: [{ name: "engine", text: "ffmpeg 5.1.9" }],
};

const PROFILED: ProfileResult = {
  action: "run",
  peakBytes: 62914560,
  cgroupPeakBytes: 73400320,
  processes: 3,
  exitCode: 0,
  signal: null,
  gates: [
    { name: "--fail-above 512M", passed: true, text: "60.0 MiB, within 512.0 MiB", measuredBytes: 62914560, limitBytes: 536870912 },
    { name: "--fail-on-leak", passed: true, text: "steady", measuredBytes: null, limitBytes: null },
  ],
  leak: {
    ...{ verdict: "growing", of: { process: 0, thread: 1 }, slopeBytesPerSecond: 12.5, lowBytesPerSecond: -1, highBytesPerSecond: 30 },
    ...{ riseBytes: 4096.5, floors: 12, judgedFromMs: 1000, timeToLimitMs: 1e6, runLongerMs: 5000 },
  },
  captures: ["a.mmprof"],
  files: ["a.html"],
  profile: null,
};
const PROFILE: Report<ProfileResult> = { ...RESTORE, command: "profile", result: PROFILED };

const DOCTOR: DoctorReport = {
  schema: "mm.report/1",
  command: "doctor",
  ok: true,
  elapsedMs: 120,
  memory: MEMORY,
  result: {
    canTranscode: true,
    platform: { os: "linux", cpu: "x64", kernel: "6.1.0" },
    node: { version: "v20.20.2" },
    addon: { path: "/x/native/build/Release/mm_native.node", origin: "built", simd: "avx2" },
    engines: [
      { path: "/usr/bin/ffmpeg", origin: "PATH", version: "5.1.9", encoders: ["libx264", "libx265", "aac"], problem: null, inUse: true },
    ],
    limit: { ...LIMIT, highBytes: 209715200 },
    cpus: { count: 2, source: "affinity" },
    machine: {
      hugePages: { pageBytes: 2097152, totalPages: 0, freePages: 0, transparent: "madvise" },
      memoryNodes: 1,
      swap: { totalBytes: 0, freeBytes: 0 },
      pressure: { somePercent: 0, fullPercent: 0 },
      cgroup: { version: 2, folder: "/sys/fs/cgroup", canMakeChild: false },
    },
    system: {
      ...{ dataBytes: null, addressSpaceBytes: null, lockedBytes: 8388608, openFiles: 1024, mappings: 65530, segmentBytes: null },
      ...{ overcommit: { mode: 0, limitBytes: 1e9, committedBytes: 0 }, ptraceScope: null, perfParanoid: -1, allocator: null },
    },
    sharedFolderBytes: null,
    tools: [
      { name: "heaptrack", path: "/usr/bin/heaptrack" },
      { name: "perf", path: null },
    ],
    folders: [{ path: "/tmp", type: "ext4", availableBytes: 1e10, isMemory: false }],
    findings: [{ level: "note", text: "no huge pages are reserved", mend: null }],
  },
};

const UNABLE: DoctorReport = {
  ...DOCTOR,
  ok: false,
  result: {
    ...DOCTOR.result,
    canTranscode: false,
    addon: { problem: "not there", hint: "npm rebuild mm-cli" },
    limit: null,
    machine: { ...DOCTOR.result.machine, pressure: undefined, cgroup: undefined },
  },
};
const { memory: _memory, ...UNABLE_WITHOUT_MEMORY } = UNABLE;
const UNABLE_FAILURE = toFailure(new UnsupportedError("transcode cannot run here", { hint: "npm rebuild mm-cli" }));

const BUDGET_FAILURE = toFailure(
  new BudgetExceededError("over the memory limit", { details: { wantedBytes: 9, tag: "lane.ffmpeg", retried: true } }),
);

const VALID: [name: string, document: object][] = [
  ["a transcode", TRANSCODE],
  ["a copied picture", { ...TRANSCODE, result: { ...RESULT, route: "copy", chunks: 0, ssim: null, framesCompared: 0 } }],
  ["a transcode with a picture that differs", { ...TRANSCODE, result: { ...RESULT, psnr: 42.1, ssim: 0.98 } }],
  ["a reduce", REDUCE],
  ["a reduce that was only planned", { ...REDUCE, result: { ...REDUCED, alphabet: null, sha256: null } }],
  ["a restore", RESTORE],
  ["a restore of some records", { ...RESTORE, result: { ...RESTORED, sha256: null, identical: null } }],
  ["an expand", EXPAND],
  ["a parse", PARSE],
  ["a plan of a parse", planDocument("parse", PLAN, 1)],
  ["a profile", PROFILE],
  ["a profile of a process that was killed", { ...PROFILE, result: { ...PROFILED, exitCode: null, signal: 9, cgroupPeakBytes: null } }],
  ["a profile of the tree", { ...PROFILE, result: { ...PROFILED, leak: { ...PROFILED.leak, of: "tree" } } }],
  ["a run", RUN],
  ["a run that was only planned", { ...RUN, result: { ...RAN, exitCode: null, signal: null, cgroup: null } }],
  ["a plan of a run", planDocument("run", PLAN, 1)],
  ["a plan of an expand", planDocument("expand", PLAN, 1)],
  ["a plan of a reduce", planDocument("reduce", PLAN, 1)],
  ["a doctor", reportDocument({ command: "doctor", report: DOCTOR }, undefined)],
  ["a doctor that says no", reportDocument({ command: "doctor", report: UNABLE }, UNABLE_FAILURE)],
  ["a doctor without the addon", reportDocument({ command: "doctor", report: UNABLE_WITHOUT_MEMORY }, UNABLE_FAILURE)],
  ["a failure", failureDocument("transcode", BUDGET_FAILURE, 12.6)],
  ["a failure before any command", failureDocument("", toFailure(new TypeError("boom")), 1)],
  ["a plan", planDocument("transcode", PLAN, 80.2)],
];

test.each(VALID)("%s is valid", (_name, document) => {
  expect(isValid(document), JSON.stringify(validate.errors)).toBe(true);
});

const BROKEN: [name: string, document: object][] = [
  ["another schema", { ...TRANSCODE, schema: "mm.report/2" }],
  ["an unknown command", { ...TRANSCODE, command: "encode" }],
  ["a command with the result of another", { ...TRANSCODE, command: "reduce" }],
  ["a reduce with a key too many", { ...REDUCE, result: { ...REDUCED, extra: 1 } }],
  ["a restore whose hash is none", { ...RESTORE, result: { ...RESTORED, sha256: "abc" } }],
  ["an expand without a count", { ...EXPAND, result: { ...EXPANDED, stored: undefined } }],
  ["a parse without its refused messages", { ...PARSE, result: { ...PARSED, failedFiles: undefined } }],
  ["a run with a code that is none", { ...RUN, result: { ...RAN, exitCode: 256 } }],
  ["an unknown key at the top", { ...TRANSCODE, extra: 1 }],
  ["an unknown key in memory", { ...TRANSCODE, memory: { ...MEMORY, extra: 1 } }],
  ["an unknown key in the result", { ...TRANSCODE, result: { ...RESULT, extra: 1 } }],
  ["no memory", { ...TRANSCODE, memory: undefined }],
  ["a peak that is no whole number", { ...TRANSCODE, memory: { ...MEMORY, peakBytes: 1.5 } }],
  ["a negative peak", { ...TRANSCODE, memory: { ...MEMORY, peakBytes: -1 } }],
  ["NaN where a number must be", { ...TRANSCODE, result: { ...RESULT, durationSeconds: Number.NaN } }],
  ["a psnr of infinity said as text", { ...TRANSCODE, result: { ...RESULT, psnr: "inf" } }],
  ["a route that is none", { ...TRANSCODE, result: { ...RESULT, route: "direct" } }],
  ["an unknown rung of the ladder", { ...TRANSCODE, memory: { ...MEMORY, steps: [{ ...MEMORY.steps[0], step: "panic" }] } }],
  ["success with an error", { ...TRANSCODE, error: { code: "MM_IO", message: "x", hint: null, details: {} } }],
  ["failure without an error", { schema: "mm.report/1", command: "transcode", ok: false, elapsedMs: 1 }],
  ["a failure that says ok", { ...failureDocument("transcode", BUDGET_FAILURE, 1), ok: true }],
  ["a code that is none", { ...failureDocument("transcode", { ...BUDGET_FAILURE, code: "EBUDGET" }, 1) }],
  ["facts that are no facts", failureDocument("transcode", { ...BUDGET_FAILURE, details: { list: [] as never } }, 1)],
  ["a doctor that says no without an error", UNABLE],
  ["a doctor that says yes with an error", reportDocument({ command: "doctor", report: DOCTOR }, UNABLE_FAILURE)],
  ["a plan with less than nothing for the job", planDocument("transcode", { ...PLAN, limit: { ...PLAN.limit, budgetBytes: -1 } }, 1)],
];

test.each(BROKEN)("%s is rejected", (_name, document) => {
  expect(isValid(document)).toBe(false);
});
