/** The commands that exist: what each takes, and how its help begins. */
import type * as ConfigCommand from "./config-command.ts";
import type { JobRequest } from "./job-request.ts";
import type { OptionSpec, SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import { expandRequest, reduceRequest, restoreRequest } from "./reduce-requests.ts";
import { doctorRequest, transcodeRequest } from "./requests.ts";
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

export const COMMANDS: readonly CommandSpec[] = [transcode, reduce, restore, expand, doctor, config];
