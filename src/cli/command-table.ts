/** The commands that exist: what each takes, and how its help begins. */
import type { OptionSpec, SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import { reduceRequest, restoreRequest } from "./reduce-requests.ts";
import { doctorRequest, type JobRequest, transcodeRequest } from "./requests.ts";

export type CommandSpec = {
  readonly name: JobRequest["command"];
  readonly summary: string;
  /** Lines that run as written; the first is the usual one. */
  readonly examples: readonly string[];
  readonly arguments: readonly { readonly name: string; readonly help: string }[];
  /** What the words behind `--` are, where a command takes some. */
  readonly rest?: string;
  readonly options: readonly OptionSpec<unknown>[];
  readonly request: (args: readonly string[], source: SettingsSource, env: NodeJS.ProcessEnv, rest: readonly string[]) => JobRequest;
};

const transcode: CommandSpec = {
  name: "transcode",
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
    options.keepSettings,
    options.maxDisk,
    options.tempDir,
    options.monitorMemory,
    options.stats,
    options.trackAllocations,
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
  ...[options.dryRun, options.limitExitCode, options.progress, options.json, options.report],
  ...[options.quiet, options.verbose, options.noColor],
];

const reduce: CommandSpec = {
  name: "reduce",
  summary: "Reduce a sequence database to representatives and lossless deltas",
  examples: [
    "mm reduce -i proteins.fasta --max-memory 512M",
    "mm reduce -i alleles.fasta.gz -o reps.fasta --identity 0.95 --verify",
    "zcat genomes.fna.gz | mm reduce -i - -o genomes.reduced.fasta",
  ],
  arguments: [],
  options: [
    ...[options.maxMemory, options.maxDisk, options.tempDir, options.monitorMemory, options.stats, options.trackAllocations],
    ...[options.input, options.reducedOutput, options.deltas, options.clusters, options.clustersFormat, options.fai],
    ...[options.identity, options.coverage, options.covMode, options.alphabet],
    ...[options.overwrite, options.resumeReduction, options.threads, options.verifyRestored, options.force],
    ...LAST_OPTIONS,
  ],
  request: reduceRequest,
};

const restore: CommandSpec = {
  name: "restore",
  summary: "Give back every byte of a reduced database, or records by name",
  examples: [
    "mm restore -i proteins.reduced.fasta -o proteins.fasta",
    "mm restore -i proteins.reduced.fasta --id P12345 --id Q67890",
    "mm restore -i proteins.reduced.fasta | grep -c '>'",
  ],
  arguments: [],
  options: [
    ...[options.maxMemory, options.monitorMemory, options.stats, options.trackAllocations],
    ...[options.representatives, options.deltas, options.restoredOutput, options.id],
    ...[options.overwrite, options.threads],
    ...LAST_OPTIONS,
  ],
  request: restoreRequest,
};

const doctor: CommandSpec = {
  name: "doctor",
  summary: "Show what this machine allows and lacks",
  examples: ["mm doctor"],
  arguments: [],
  options: [options.ffmpeg, options.json, options.noColor],
  request: doctorRequest,
};

export const COMMANDS: readonly CommandSpec[] = [transcode, reduce, restore, doctor];
