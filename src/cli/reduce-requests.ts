/** From parsed options to the settings of `mm reduce` and `mm restore`. */
import { UsageError } from "../base/index.ts";
import type { ReduceSettings, RestoreSettings } from "../commands/index.ts";
import type { SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import { memorySettings } from "./settings/memory-settings.ts";

/** Interval of the memory monitor in milliseconds (the report's sampleMs). */
const MONITOR_INTERVAL_MS = 20;

/** Each is a file that is open. */
const MOST_INPUTS = 1000;

/** @throws UsageError */
export function reduceRequest(_arguments: readonly string[], source: SettingsSource): { command: "reduce"; settings: ReduceSettings } {
  const inputs = inputsOf(source);
  const output = source.value(options.reducedOutput) ?? defaultOutput(inputs);
  if (output === "-") throw new UsageError("the representatives need a file", { hint: "-o representatives.fasta" });
  const clusterFormat = source.value(options.clustersFormat) ?? "tsv";
  const alphabet = source.value(options.alphabet) ?? "auto";
  const settings: ReduceSettings = {
    ...jobSettings(source),
    inputs,
    output,
    deltas: source.value(options.deltas) ?? `${output}.mmd`,
    clusters: source.value(options.clusters) ?? `${output}.${clusterFormat}`,
    clusterFormat,
    fai: source.isOn(options.fai),
    identity: source.value(options.identity) ?? 0.9,
    target: targetOf(source),
    coverage: source.value(options.coverage) ?? 0.8,
    coverageMode: source.value(options.covMode) ?? "member",
    alphabet: alphabet === "auto" ? undefined : alphabet,
    verify: source.isOn(options.verifyRestored),
    resume: source.isOn(options.resumeReduction),
    force: source.isOn(options.force),
  };
  return { command: "reduce", settings };
}

/** @throws UsageError */
export function restoreRequest(_arguments: readonly string[], source: SettingsSource): { command: "restore"; settings: RestoreSettings } {
  const input = source.value(options.representatives);
  if (input === undefined)
    throw new UsageError("no representatives given", { hint: "mm restore -i sequences.reduced.fasta -o sequences.fasta" });
  const output = source.value(options.restoredOutput) ?? "-";
  const json = source.find(options.json);
  if (output === "-" && json?.value === true) {
    throw new UsageError(`${json.origin} and the sequences cannot both go to stdout`, { hint: "--report <file> in place of --json" });
  }
  const settings: RestoreSettings = {
    ...jobSettings(source),
    input,
    deltas: source.value(options.deltas) ?? `${input}.mmd`,
    output,
    names: source.value(options.id) ?? [],
  };
  return { command: "restore", settings };
}

function jobSettings(source: SettingsSource): Omit<RestoreSettings, "input" | "deltas" | "output" | "names"> {
  const limit = source.find(options.maxMemory);
  return {
    maxMemoryBytes: limit?.value,
    maxMemorySource: limit?.source,
    memory: memorySettings(source),
    maxDiskBytes: source.value(options.maxDisk),
    tempDir: source.value(options.tempDir),
    overwrite: source.isOn(options.overwrite),
    threads: source.value(options.threads),
    dryRun: source.isOn(options.dryRun),
    trackAllocations: source.value(options.trackAllocations),
    monitorIntervalMs: MONITOR_INTERVAL_MS,
  };
}

function inputsOf(source: SettingsSource): readonly string[] {
  const found = source.find(options.input);
  if (found === undefined) throw new UsageError("no input given", { hint: "mm reduce -i sequences.fasta" });
  const { value, origin } = found;
  if (value.filter((each) => each === "-").length > 1)
    throw new UsageError(`${origin} - is given twice`, { hint: "leave one of them out" });
  if (value.length <= MOST_INPUTS) return value;
  throw new UsageError(`${value.length} inputs, and ${MOST_INPUTS} are the most`, { hint: "cat <files> | mm reduce -i - -o <output>" });
}

function targetOf(source: SettingsSource): ReduceSettings["target"] {
  const [size, ratio] = [source.find(options.targetSize), source.find(options.ratio)];
  if (size !== undefined && ratio !== undefined) {
    throw new UsageError(`${size.origin} and ${ratio.origin} exclude each other`, { hint: "leave one of them out" });
  }
  return size !== undefined ? { bytes: size.value } : ratio !== undefined ? { share: ratio.value } : undefined;
}

/** "x.reduced.fasta" for x.fasta, x.fa.gz and the like. */
function defaultOutput([input = "", ...others]: readonly string[]): string {
  if (others.length > 0)
    throw new UsageError("several inputs have no one name to take the output's from", { hint: "-o representatives.fasta" });
  if (input === "-") throw new UsageError("standard input has no name to take the output's from", { hint: "-o representatives.fasta" });
  return `${input.replace(/(?:\.(?:fasta|fa|faa|fna|ffn|fas|txt))?(?:\.(?:gz|bgz|zst))?$/i, "")}.reduced.fasta`;
}
