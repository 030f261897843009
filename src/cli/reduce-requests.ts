/** From parsed options to the settings of `mm reduce`, `mm restore` and `mm expand`. */
import { UsageError } from "../base/index.ts";
import type { ExpandSettings, ReduceSettings, RestoreSettings } from "../commands/index.ts";
import { jobSettings, refuseSharedFiles, refuseSharedOutput } from "./job-request.ts";
import type { SettingsSource } from "./option-spec.ts";
import * as sequenceOptions from "./sequence-options.ts";

/** Each is a file that is open. */
const MOST_INPUTS = 1000;

/** @throws UsageError */
export function reduceRequest(_arguments: readonly string[], source: SettingsSource): { command: "reduce"; settings: ReduceSettings } {
  const inputs = inputsOf(source);
  const output = source.value(sequenceOptions.reducedOutput) ?? defaultOutput(inputs);
  if (output === "-") throw new UsageError("the representatives need a file", { hint: "-o representatives.fasta" });
  const clusterFormat = source.value(sequenceOptions.clustersFormat) ?? "tsv";
  const alphabet = source.value(sequenceOptions.alphabet) ?? "auto";
  const settings: ReduceSettings = {
    ...jobSettings(source),
    inputs,
    output,
    deltas: source.value(sequenceOptions.deltas) ?? `${output}.mmd`,
    clusters: source.value(sequenceOptions.clusters) ?? `${output}.${clusterFormat}`,
    clusterFormat,
    fai: source.isOn(sequenceOptions.fai),
    identity: source.value(sequenceOptions.identity) ?? 0.9,
    target: targetOf(source),
    coverage: source.value(sequenceOptions.coverage) ?? 0.8,
    coverageMode: source.value(sequenceOptions.covMode) ?? "member",
    alphabet: alphabet === "auto" ? undefined : alphabet,
    verify: source.isOn(sequenceOptions.verifyRestored),
    resume: source.isOn(sequenceOptions.resumeReduction),
    force: source.isOn(sequenceOptions.force),
  };
  refuseSharedFiles(inputs, [output, settings.deltas, settings.clusters], source);
  return { command: "reduce", settings };
}

/** @throws UsageError */
export function restoreRequest(_arguments: readonly string[], source: SettingsSource): { command: "restore"; settings: RestoreSettings } {
  const input = source.value(sequenceOptions.representatives);
  if (input === undefined)
    throw new UsageError("no representatives given", { hint: "mm restore -i sequences.reduced.fasta -o sequences.fasta" });
  const output = source.value(sequenceOptions.restoredOutput) ?? "-";
  refuseSharedOutput(output, "the sequences", source);
  const settings: RestoreSettings = {
    ...jobSettings(source),
    input,
    deltas: source.value(sequenceOptions.deltas) ?? `${input}.mmd`,
    output,
    names: source.value(sequenceOptions.id) ?? [],
  };
  refuseSharedFiles([input, settings.deltas], [output], source);
  return { command: "restore", settings };
}

function inputsOf(source: SettingsSource): readonly string[] {
  const found = source.find(sequenceOptions.input);
  if (found === undefined) throw new UsageError("no input given", { hint: "mm reduce -i sequences.fasta" });
  const { value, origin } = found;
  if (value.filter((each) => each === "-").length > 1)
    throw new UsageError(`${origin} - is given twice`, { hint: "leave one of them out" });
  if (value.length <= MOST_INPUTS) return value;
  throw new UsageError(`${value.length} inputs, and ${MOST_INPUTS} are the most`, { hint: "cat <files> | mm reduce -i - -o <output>" });
}

function targetOf(source: SettingsSource): ReduceSettings["target"] {
  const [size, ratio] = [source.find(sequenceOptions.targetSize), source.find(sequenceOptions.ratio)];
  if (size !== undefined && ratio !== undefined) {
    throw new UsageError(`${size.origin} and ${ratio.origin} exclude each other`, { hint: "leave one of them out" });
  }
  return size !== undefined ? { bytes: size.value } : ratio !== undefined ? { share: ratio.value } : undefined;
}

/** @throws UsageError */
export function expandRequest([input = ""]: readonly string[], source: SettingsSource): { command: "expand"; settings: ExpandSettings } {
  const output = source.value(sequenceOptions.expandedOutput) ?? "-";
  refuseSharedOutput(output, "the hits", source);
  const reduced = reducedFiles(source);
  refuseSharedFiles([input, reduced.representatives, reduced.deltas], [output], source);
  return { command: "expand", settings: { ...jobSettings(source), input, output, ...reduced } };
}

/** Either names the other. */
function reducedFiles(source: SettingsSource): Pick<ExpandSettings, "representatives" | "deltas"> {
  const deltas = source.value(sequenceOptions.liftedDeltas);
  const representatives = source.value(sequenceOptions.liftedRepresentatives);
  if (representatives !== undefined) return { representatives, deltas: deltas ?? `${representatives}.mmd` };
  if (deltas === undefined) throw new UsageError("no deltas given", { hint: "mm expand hits.m8 -d sequences.reduced.fasta.mmd" });
  if (!/.\.mmd$/.test(deltas)) {
    throw new UsageError(`the name of ${deltas} does not say what the representatives are called`, { hint: "-r representatives.fasta" });
  }
  return { representatives: deltas.slice(0, -".mmd".length), deltas };
}

/** "x.reduced.fasta" for x.fasta, x.fa.gz and the like. */
function defaultOutput([input = "", ...others]: readonly string[]): string {
  if (others.length > 0)
    throw new UsageError("several inputs have no one name to take the output's from", { hint: "-o representatives.fasta" });
  if (input === "-") throw new UsageError("standard input has no name to take the output's from", { hint: "-o representatives.fasta" });
  return `${input.replace(/(?:\.(?:fasta|fa|faa|fna|ffn|fas|txt))?(?:\.(?:gz|bgz|zst))?$/i, "")}.reduced.fasta`;
}
