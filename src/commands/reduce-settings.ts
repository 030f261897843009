/** Settings of `mm reduce`, `mm restore` and `mm expand` after the cli has parsed flags, environment and defaults. */
import type { ReductionTarget } from "../sequence/index.ts";
import type { JobSettings } from "./job-settings.ts";

export type ReduceSettings = JobSettings & {
  /** Paths, and "-" for standard input, once at most. They are read one behind the other. */
  readonly inputs: readonly string[];
  /** Representatives. */
  readonly output: string;
  readonly deltas: string;
  readonly clusters: string;
  readonly clusterFormat: "tsv" | "clstr" | "uc";
  /** An index (.fai) of the representatives beside them. */
  readonly fai: boolean;
  /** 0.9 for 90 %; with a target the highest one that is tried. */
  readonly identity: number;
  /** How large representatives may be; undefined: as large as they are. */
  readonly target: ReductionTarget | undefined;
  readonly coverage: number;
  readonly coverageMode: "member" | "both";
  /** undefined: what the letters say. */
  readonly alphabet: "protein" | "nucleotide" | undefined;
  /** Restore in a stream and compare, before anything is published. */
  readonly verify: boolean;
  /** Go on from the stages that an earlier run of the same command finished. */
  readonly resume: boolean;
  /** Take text that is no FASTA. */
  readonly force: boolean;
};

export type RestoreSettings = JobSettings & {
  /** Representatives. */
  readonly input: string;
  readonly deltas: string;
  /** "-" = stdout. */
  readonly output: string;
  /** Names of the records wanted; empty: all. */
  readonly names: readonly string[];
};

export type ExpandSettings = JobSettings & {
  /** Hits: a path, or "-" for standard input. */
  readonly input: string;
  readonly representatives: string;
  readonly deltas: string;
  /** "-" = stdout. */
  readonly output: string;
};
