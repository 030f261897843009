/** The commands that exist: what each takes, and how its help begins. */
import type * as ConfigCommand from "./config-command.ts";
import type { JobRequest } from "./job-request.ts";
import type { OptionSpec, SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import * as parseOptions from "./parse-options.ts";
import { parseRequest } from "./parse-requests.ts";
import * as profileOptions from "./profile-options.ts";
import { profileRequest } from "./profile-requests.ts";
import { expandRequest, reduceRequest, restoreRequest } from "./reduce-requests.ts";
import { doctorRequest, runRequest, transcodeRequest } from "./requests.ts";
import * as sequenceOptions from "./sequence-options.ts";

export type CommandSpec = Described & (WithJob | WithAnswer);

/** A command whose work is done in a thread of its own. */
type WithJob = {
  readonly request: (args: readonly string[], source: SettingsSource, env: NodeJS.ProcessEnv, rest: readonly string[]) => JobRequest;
};

/** A command that answers by itself. */
type WithAnswer = { readonly answer: typeof ConfigCommand.configAnswer };

type Described = {
  readonly name: string;
  /** Whether a config file has a table of its name. */
  readonly hasTable: boolean;
  readonly summary: string;
  /** Lines that run as written; the first is the usual one. */
  readonly examples: readonly string[];
  readonly arguments: readonly { readonly name: string; readonly help: string }[];
  /** What the words behind `--` are, where a command takes some. */
  readonly rest?: string;
  readonly options: readonly OptionSpec<unknown>[];
};

const transcode: CommandSpec = {
  name: "transcode",
  hasTable: true,
  summary: "Transcode a video inside a memory limit",
  examples: [
    "mm transcode in.mp4 out.mp4 --max-memory 2G",
    "mm transcode in.mov out.mp4 --codec hevc --crf 26 --dry-run",
    "mm transcode in.mkv out.mp4 --codec copy --map v:0 --map a:1",
  ],
  arguments: [
    { name: "<input>", help: "a video file, or - for stdin" },
    { name: "<output>", help: "the file to write; its name says the container" },
  ],
  rest: "<encoder arguments>",
  options: [
    options.maxMemory,
    options.lowMemory,
    options.memoryPreset,
    options.keepSettings,
    options.maxDisk,
    options.tempDir,
    options.monitorMemory,
    options.stats,
    options.trackAllocations,
    options.noShare,
    options.codec,
    options.encoder,
    options.preset,
    options.crf,
    options.bitrate,
    options.twoPass,
    options.scale,
    options.fps,
    options.vf,
    options.start,
    options.duration,
    options.drop,
    options.audio,
    options.audioBitrate,
    options.subtitles,
    options.map,
    options.format,
    options.overwrite,
    options.resume,
    options.threads,
    options.lanes,
    options.verify,
    options.ffmpeg,
    options.config,
    options.dryRun,
    options.limitExitCode,
    options.progress,
    options.json,
    options.report,
    options.quiet,
    options.verbose,
    options.noColor,
  ],
  request: transcodeRequest,
};

const LAST_OPTIONS = [
  options.config,
  ...[options.dryRun, options.limitExitCode, options.progress, options.json, options.report],
  ...[options.quiet, options.verbose, options.noColor],
];

const reduce: CommandSpec = {
  name: "reduce",
  hasTable: true,
  summary: "Reduce a sequence database to representatives and lossless deltas",
  examples: [
    "mm reduce -i proteins.fasta --max-memory 512M",
    "mm reduce -i alleles.fasta.gz -o reps.fasta --identity 0.95 --verify",
    "mm reduce -i a.fasta b.fasta.gz -o both.fasta --target-size 500M",
    "zcat genomes.fna.gz | mm reduce -i - -o genomes.reduced.fasta",
  ],
  arguments: [],
  options: [
    ...[options.maxMemory, options.lowMemory, options.memoryPreset, options.maxDisk, options.tempDir],
    ...[options.monitorMemory, options.stats, options.trackAllocations, options.noShare],
    ...[
      sequenceOptions.input,
      sequenceOptions.reducedOutput,
      sequenceOptions.deltas,
      sequenceOptions.clusters,
      sequenceOptions.clustersFormat,
      sequenceOptions.fai,
    ],
    ...[
      sequenceOptions.identity,
      sequenceOptions.targetSize,
      sequenceOptions.ratio,
      sequenceOptions.coverage,
      sequenceOptions.covMode,
      sequenceOptions.alphabet,
    ],
    ...[options.overwrite, sequenceOptions.resumeReduction, options.threads, sequenceOptions.verifyRestored, sequenceOptions.force],
    ...LAST_OPTIONS,
  ],
  request: reduceRequest,
};

const restore: CommandSpec = {
  name: "restore",
  hasTable: false,
  summary: "Give back every byte of a reduced database, or records by name",
  examples: [
    "mm restore -i proteins.reduced.fasta -o proteins.fasta",
    "mm restore -i proteins.reduced.fasta --id 'sp|P12345|AATM_RABIT' --id Q67890",
    'mm restore -i proteins.reduced.fasta --id "$(cat names.txt)" -o some.fasta',
    "mm restore -i proteins.reduced.fasta | grep -c '>'",
  ],
  arguments: [],
  options: [
    ...[options.maxMemory, options.lowMemory, options.memoryPreset],
    ...[options.monitorMemory, options.stats, options.trackAllocations, options.noShare],
    ...[sequenceOptions.representatives, sequenceOptions.deltas, sequenceOptions.restoredOutput, sequenceOptions.id],
    ...[options.overwrite, options.threads],
    ...LAST_OPTIONS,
  ],
  request: restoreRequest,
};

const expand: CommandSpec = {
  name: "expand",
  hasTable: false,
  summary: "Lift search hits on representatives to every member",
  examples: [
    "mm expand hits.m8 -d proteins.reduced.fasta.mmd -o all.m8",
    "minimap2 -c --cs genomes.reduced.fasta q.fna | mm expand - -d genomes.reduced.fasta.mmd > all.paf",
    "mm expand hits.m8.gz -r reps.fasta -d old.mmd --max-memory 256M | grep -c same",
  ],
  arguments: [{ name: "<hits>", help: "BLAST tabular (m8, -outfmt 6) or PAF, plain or packed with gzip or zstd; - for stdin" }],
  options: [
    ...[options.maxMemory, options.lowMemory, options.memoryPreset, options.maxDisk, options.tempDir],
    ...[options.monitorMemory, options.stats, options.trackAllocations, options.noShare],
    ...[sequenceOptions.liftedDeltas, sequenceOptions.liftedRepresentatives, sequenceOptions.expandedOutput],
    options.overwrite,
    ...LAST_OPTIONS,
  ],
  request: expandRequest,
};

const parse: CommandSpec = {
  name: "parse",
  hasTable: true,
  summary: "Turn DDEX messages (ERN) into releases with their tracks, parties and deals",
  examples: [
    "mm parse feed.xml > releases.ndjson",
    "mm parse deliveries/ -d parsed --continue-on-error --max-memory 256M",
    "mm parse 'batch/**/*.xml' -f csv --table tracks -o tracks.csv",
    "zcat feed.xml.gz | mm parse - --mode records",
  ],
  arguments: [
    { name: "<input...>", help: "ERN messages, plain, gzip or zstd; folders, for all .xml and .xml.gz in them; patterns; - for stdin" },
  ],
  options: [
    ...[options.maxMemory, options.lowMemory, options.memoryPreset, options.maxDisk, options.tempDir],
    ...[options.monitorMemory, options.stats, options.trackAllocations, options.noShare],
    ...[parseOptions.recordsOutput, parseOptions.outputFolder, parseOptions.recordFormat, parseOptions.table],
    ...[parseOptions.mode, parseOptions.fields],
    ...[options.overwrite, options.threads, parseOptions.jobs],
    ...[parseOptions.chunkSize, parseOptions.bufferSize, parseOptions.flushThreshold, parseOptions.maxDepth, parseOptions.maxElements],
    ...[parseOptions.continueOnError, parseOptions.maxErrors, parseOptions.retries],
    ...LAST_OPTIONS,
  ],
  request: parseRequest,
};

const run: CommandSpec = {
  name: "run",
  hasTable: false,
  summary: "Run any command inside a memory limit, with all that it starts; mm's own 25 to 30 MiB count too",
  examples: [
    "mm run --max-memory 2G -- make -j8",
    "mm run --max-memory 512M --report run.json -- python3 job.py < in.csv > out.csv",
    "mm run --max-memory 4G --cgroup -- sh -c 'sort big.tsv | uniq -c'",
  ],
  arguments: [],
  rest: "<command> [args]",
  options: [
    ...[options.maxMemory, options.lowMemory, options.memoryPreset, options.cgroup, options.noShare],
    ...[options.monitorMemory, options.stats, options.trackAllocations],
    ...LAST_OPTIONS,
  ],
  request: runRequest,
};

const profile: CommandSpec = {
  name: "profile",
  hasTable: true,
  summary: "See where the memory of a command and its children goes, and fail a build on it",
  examples: [
    "mm profile -- node build.js",
    "mm profile --fail-above 512M --fail-on-leak --html memory.html -- npm test",
    "mm profile --repeat 5 --fail-on-increase 5% --baseline main.json -- ./bench",
    "mm profile attach 1234 --duration 30",
    "mm profile view mm-profile-node-20260102-030405.mmprof --html memory.html",
    "mm profile diff before.mmprof after.mmprof",
  ],
  arguments: [
    { name: "[what]", help: "attach, view or diff; nothing where a command follows --" },
    { name: "[of...]", help: "the pid, the capture, or both captures" },
  ],
  rest: "<command> [arguments]",
  options: [
    ...[profileOptions.capture, profileOptions.html, profileOptions.speedscope, profileOptions.pprof],
    ...[profileOptions.sampleInterval, profileOptions.stacks, profileOptions.everyProcess, profileOptions.tool, profileOptions.live],
    ...[profileOptions.failAbove, profileOptions.failOnLeak, profileOptions.failOnIncrease, profileOptions.baseline],
    ...[profileOptions.repeat, profileOptions.duration],
    ...[profileOptions.overwriteCapture, options.config],
    ...[profileOptions.summary, options.progress, options.json, options.report, options.quiet, options.verbose, options.noColor],
  ],
  request: profileRequest,
};

const doctor: CommandSpec = {
  name: "doctor",
  hasTable: false,
  summary: "Show what this machine allows and lacks",
  examples: ["mm doctor"],
  arguments: [],
  options: [options.ffmpeg, options.config, options.json, options.noColor],
  request: doctorRequest,
};

const config: CommandSpec = {
  name: "config",
  hasTable: false,
  summary: "Show the settings and where they come from, write a file of them, or check one",
  examples: ["mm config show --low-memory", "mm config init", "mm config check mm.toml"],
  arguments: [
    { name: "<what>", help: "show, init or check" },
    { name: "[file]", help: "the file to write or check (default: mm.toml; check: the one in use)" },
  ],
  options: [
    options.maxMemory,
    options.lowMemory,
    options.memoryPreset,
    options.maxDisk,
    options.tempDir,
    options.overwrite,
    options.config,
    options.json,
    options.noColor,
  ],
  answer: async (...given) => (await import("./config-command.ts")).configAnswer(...given),
};

export const COMMANDS: readonly CommandSpec[] = [transcode, reduce, restore, expand, parse, run, profile, doctor, config];
