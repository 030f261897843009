/** The options of sequences, once. */
import { RUN, SEQUENCES } from "./option-groups.ts";
import type { OptionSpec } from "./option-spec.ts";
import { byteSize, decimalNumber, lineList, oneOf, onOff, text } from "./values.ts";

export const input: OptionSpec<readonly string[]> = {
  flags: "-i, --input <file...>",
  group: SEQUENCES,
  help: "FASTA, plain, gzip or zstd, or - for stdin; several are read one behind the other",
  parse: lineList,
  isRepeatable: true,
  separator: "\n",
};
export const representatives: OptionSpec<string> = {
  flags: "-i, --input <file>",
  group: SEQUENCES,
  help: "the representatives that mm reduce wrote",
  parse: text,
};
export const reducedOutput: OptionSpec<string> = {
  flags: "-o, --output <file>",
  group: SEQUENCES,
  help: "representatives (default: <name>.reduced.fasta beside the input)",
  parse: text,
};
export const restoredOutput: OptionSpec<string> = {
  flags: "-o, --output <file>",
  group: SEQUENCES,
  help: "the restored FASTA, or - for stdout (default: stdout)",
  parse: text,
};
export const deltas: OptionSpec<string> = {
  flags: "--deltas <file>",
  group: SEQUENCES,
  help: "what restores the members (default: <representatives>.mmd)",
  parse: text,
};
export const liftedDeltas: OptionSpec<string> = {
  flags: "-d, --deltas <file>",
  group: SEQUENCES,
  help: "the deltas that mm reduce wrote (default: <representatives>.mmd)",
  parse: text,
};
export const liftedRepresentatives: OptionSpec<string> = {
  flags: "-r, --representatives <file>",
  group: SEQUENCES,
  help: "what the search was made against (default: the name of the deltas without .mmd)",
  parse: text,
};
export const expandedOutput: OptionSpec<string> = {
  flags: "-o, --output <file>",
  group: SEQUENCES,
  help: "the hits of all members, or - for stdout (default: stdout)",
  parse: text,
};
export const clusters: OptionSpec<string> = {
  flags: "--clusters <file>",
  group: SEQUENCES,
  help: "who belongs to whom (default: <representatives>.tsv, .clstr or .uc)",
  parse: text,
};
export const clustersFormat: OptionSpec<"tsv" | "clstr" | "uc"> = {
  flags: "--clusters-format <name>",
  group: SEQUENCES,
  help: "tsv, clstr (as CD-HIT) or uc (as VSEARCH) (default: tsv)",
  parse: oneOf(["tsv", "clstr", "uc"]),
};
export const identity: OptionSpec<number> = {
  flags: "--identity <share>",
  group: SEQUENCES,
  help: "equal residues among the columns of the alignment, 0.5 to 1 (default: 0.9)",
  parse: decimalNumber(0.5, 1),
};
export const targetSize: OptionSpec<number> = {
  flags: "--target-size <size>",
  group: SEQUENCES,
  help: "lower --identity, 0.05 at a time, until the representatives fit: 500M, 2G",
  parse: byteSize,
};
export const ratio: OptionSpec<number> = {
  flags: "--ratio <share>",
  group: SEQUENCES,
  help: "the same, as a share of the input's plain bytes, 0.001 to 1",
  parse: decimalNumber(0.001, 1),
};
export const coverage: OptionSpec<number> = {
  flags: "--coverage <share>",
  group: SEQUENCES,
  help: "residues of the member that the alignment spans, 0.1 to 1; it may run over the end of a representative above 65,536 nucleotides into its beginning, as on a circle (default: 0.8)",
  parse: decimalNumber(0.1, 1),
};
export const covMode: OptionSpec<"member" | "both"> = {
  flags: "--cov-mode <mode>",
  group: SEQUENCES,
  help: "member, or both: of the representative as well (default: member)",
  parse: oneOf(["member", "both"]),
};
export const alphabet: OptionSpec<"auto" | "protein" | "nucleotide"> = {
  flags: "--alphabet <name>",
  group: SEQUENCES,
  help: "auto, protein or nucleotide (default: auto, by the first letters)",
  parse: oneOf(["auto", "protein", "nucleotide"]),
};
export const fai: OptionSpec<boolean> = {
  flags: "--fai",
  group: SEQUENCES,
  help: "write an index of the representatives, too: <representatives>.fai; with --verify each is read through it",
  parse: onOff,
};
export const verifyRestored: OptionSpec<boolean> = {
  flags: "--verify",
  group: RUN,
  help: "restore everything in a stream and compare it, before an output appears",
  parse: onOff,
};
export const force: OptionSpec<boolean> = {
  flags: "--force",
  group: RUN,
  help: "take what does not look like FASTA, byte for byte",
  parse: onOff,
};
export const id: OptionSpec<readonly string[]> = {
  flags: "--id <name>",
  group: SEQUENCES,
  help: "restore the records of this name alone: the first word of a header, all of it; several are one a line, or repeated (default: all)",
  parse: lineList,
  isRepeatable: true,
  separator: "\n",
};
export const resumeReduction: OptionSpec<boolean> = {
  flags: "--resume",
  group: RUN,
  help: "go on from the stages that an earlier run of the same command finished (default: start over)",
  parse: onOff,
};
