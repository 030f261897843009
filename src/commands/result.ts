import type { ResumableStage } from "../sequence/index.ts";
import type { Lowered } from "./command.ts";

/** `result` of a transcode report (docs/cli.md, "Report"). */
export type TranscodeResult = {
  readonly framesIn: number;
  readonly framesOut: number;
  readonly chunks: number;
  /** Of them, those that an earlier run had finished. */
  readonly resumedChunks: number;
  /** Chunks encoded side by side at the end. */
  readonly lanes: number;
  /** Before a finished chunk showed what a lane truly holds. */
  readonly lanesPlanned: number;
  /** "copy": the picture was not encoded. */
  /** plannedPeakBytes was planned with an estimate of the encoder. */
  readonly memoryEstimated: boolean;
  readonly route: "fused" | "copy";
  readonly lowered: readonly Lowered[];
  /** What one ffmpeg would need to do the same. */
  readonly encoderArgs: readonly string[];
  readonly durationSeconds: number;
  readonly outputBytes: number;
  readonly engine: { readonly path: string; readonly version: string };
  /** Of the frames compared in the proof of picture; null when the two are equal to the bit. */
  readonly psnr: number | null;
  /** null when the picture was not encoded. */
  readonly ssim: number | null;
  readonly framesCompared: number;
};

/** `result` of a reduce report. Histograms: see NativeReduction's counts. */
export type ReduceResult = {
  readonly records: number;
  readonly representatives: number;
  readonly members: number;
  /** Among the members: the same residues as another record. */
  readonly exactDuplicates: number;
  readonly residues: number;
  readonly alphabet: "protein" | "nucleotide" | null;
  /** That members have at least, 0.9 for 90 %: the one asked for, or what it took to reach the target. */
  readonly identity: number;
  /** What representatives may take at most; null where nothing was asked. */
  readonly targetBytes: number | null;
  /** null for a dry run, too. */
  readonly targetReached: boolean | null;
  /** Comparisons on the way to the target, the last of which counts: representatives, and their bytes. */
  readonly steps: readonly { readonly identity: number; readonly representatives: number; readonly representativeBytes: number }[];
  /** In the order they were read, plain bytes of each. */
  readonly inputs: readonly { readonly name: string; readonly byteLength: number }[];
  /** Plain bytes of all. */
  readonly inputBytes: number;
  /** Of all files as they are, where one was packed; else null. */
  readonly packedBytes: number | null;
  readonly representativeBytes: number;
  readonly deltaBytes: number;
  readonly clusterBytes: number;
  /** Of the plain input; null for a dry run. */
  readonly sha256: string | null;
  /** The outputs were restored and compared. */
  readonly verified: boolean;
  /** Finished by an earlier run: none, "read", or "read" and "cluster". */
  readonly resumedStages: readonly ResumableStage[];
  readonly rounds: number;
  readonly alignments: number;
  /** Highest sum of the temporary files. */
  readonly diskPeakBytes: number;
  readonly lengths: readonly number[];
  readonly identities: readonly number[];
  readonly clusterSizes: readonly number[];
  /** Lengths in residues, and the first record, from 0, that has the longest. */
  readonly shortest: number;
  readonly longest: number;
  readonly longestRecord: number;
  readonly gcResidues: number;
  /** Records of nucleotides by their share of G and C: [0] below 5 %, ..., [20] 100 %. */
  readonly gcContents: readonly number[];
  readonly complexities: readonly number[];
};

/** `result` of a restore report. */
export type RestoreResult = {
  readonly records: number;
  readonly outputBytes: number;
  /** null where only some records were wanted, or their reader left. */
  readonly sha256: string | null;
  readonly identical: boolean | null;
};

/** `result` of an expand report. */
export type ExpandResult = {
  /** Lines of the hits, comments and queries without a hit included. */
  readonly lines: number;
  /** Hits of the search itself. */
  readonly hits: number;
  /** Of them, those on a name that several representatives have: nothing is lifted from them. */
  readonly ambiguous: number;
  /** Hits of members, and what their lines say of themselves. */
  readonly memberHits: number;
  readonly same: number;
  readonly computed: number;
  readonly fewest: number;
  readonly inherited: number;
  readonly clipped: number;
  /** What the deltas hold: `stored` records have no alignment, so no hit can be lifted to them. */
  readonly representatives: number;
  readonly members: number;
  readonly stored: number;
  /** Plain bytes of the hits. */
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly diskPeakBytes: number;
};
