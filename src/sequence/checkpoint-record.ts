/** The record of a reduction that ended early: text that anybody may have put there in, something of the right shape or nothing out. */
import { createHash } from "node:crypto";
import { isCount, isListOf, isRecord, isText, parseObject } from "../base/index.ts";
import type { AlphabetName, ClusterCounts, IngestCounts, SorterDescription } from "../binding/index.ts";

const SCHEMA = "mm.reduce-checkpoint/1";

/** What decides the bytes of the outputs, beside the input's. */
export type ReductionParameters = {
  /** Of the sorters' records and of what the stages make of them: bumped when any of it changes. */
  readonly format: 1;
  readonly alphabet: AlphabetName | null;
  /** x 10^4. */
  readonly identity: number;
  readonly coverage: number;
  readonly coverageMode: "member" | "both";
  readonly takesAnything: boolean;
};

/** Enough to notice that another file has the name; null for standard input. */
export type InputIdentity = {
  /** Says nothing about whether it is the same file. */
  readonly path: string;
  readonly byteLength: number;
  /** Nanoseconds since 1970, more digits than a number has. */
  readonly modifiedNs: string;
  readonly inode: string;
} | null;

/** A copy of the input's plain bytes beside the record. */
export type SpooledInput = { readonly byteLength: number; readonly packing: "gzip" | "zstd" | null };

export type ReductionRecord = {
  readonly parameters: ReductionParameters;
  readonly input: InputIdentity;
  /** null: the input is plain, and where it was. */
  readonly spooled: SpooledInput | null;
  readonly ingest: IngestCounts;
  /** null: sequences were not compared yet. */
  readonly cluster: ClusterCounts | null;
  /** Of the ranks, or where sequences were compared of the assignments. */
  readonly sorter: SorterDescription;
};

export function recordText(record: ReductionRecord): string {
  return `${JSON.stringify({ schema: SCHEMA, hash: hashOf(record), ...record })}\n`;
}

/** A record whose hash is that of its content, or undefined. */
export function parseRecord(text: string): ReductionRecord | undefined {
  const value = parseObject(text);
  if (value === undefined) return undefined;
  const { schema, hash, parameters, input, spooled, ingest, cluster, sorter } = value;
  if (schema !== SCHEMA || !isParameters(parameters) || !isInput(input) || !isSpooled(spooled)) return undefined;
  if (!isIngest(ingest) || !isCluster(cluster) || !isSorter(sorter)) return undefined;
  if (sorter.records !== (cluster === null ? ingest.records : cluster.members)) return undefined;
  const record = { parameters, input, spooled, ingest, cluster, sorter };
  return hashOf(record) === hash ? record : undefined;
}

/** Of values whose keys come in the order they were written in. */
function hashOf({ parameters, input, spooled, ingest, cluster, sorter }: ReductionRecord): string {
  return createHash("sha256")
    .update(JSON.stringify([SCHEMA, parameters, input, spooled, ingest, cluster, sorter]))
    .digest("hex");
}

function isParameters(value: unknown): value is ReductionParameters {
  if (!isRecord(value)) return false;
  const { format, alphabet, identity, coverage, coverageMode, takesAnything } = value;
  if (!isCount(format) || !isCount(identity) || !isCount(coverage) || typeof takesAnything !== "boolean") return false;
  return (alphabet === null || isAlphabet(alphabet)) && (coverageMode === "member" || coverageMode === "both");
}

function isInput(value: unknown): value is InputIdentity {
  if (value === null) return true;
  if (!isRecord(value)) return false;
  return isText(value.path) && isCount(value.byteLength) && isText(value.modifiedNs) && isText(value.inode);
}

function isSpooled(value: unknown): value is SpooledInput | null {
  if (value === null) return true;
  if (!isRecord(value) || !isCount(value.byteLength)) return false;
  return value.packing === null || value.packing === "gzip" || value.packing === "zstd";
}

function isIngest(value: unknown): value is IngestCounts {
  if (!isRecord(value)) return false;
  const { inputBytes, records, residues, shortest, longest, gcResidues, alphabet, sha256, lengths, complexities } = value;
  if (![inputBytes, records, residues, shortest, longest, gcResidues].every(isCount)) return false;
  return isAlphabet(alphabet) && isHex(sha256, 64) && isListOf(lengths, isCount) && isListOf(complexities, isCount);
}

function isCluster(value: unknown): value is ClusterCounts | null {
  if (value === null) return true;
  if (!isRecord(value)) return false;
  const { representatives, members, exactDuplicates, rounds, alignments, identities, clusterSizes } = value;
  if (![representatives, members, exactDuplicates, rounds, alignments].every(isCount)) return false;
  return isListOf(identities, isCount) && isListOf(clusterSizes, isCount);
}

function isSorter(value: unknown): value is SorterDescription {
  if (!isRecord(value)) return false;
  return isCount(value.fileBytes) && isCount(value.records) && isCount(value.longestRecordBytes) && isListOf(value.runs, isRun);
}

function isRun(value: unknown): value is SorterDescription["runs"][number] {
  return isRecord(value) && isCount(value.begin) && isCount(value.end) && isHex(value.hash, 16);
}

function isAlphabet(value: unknown): value is AlphabetName {
  return value === "protein" || value === "nucleotide";
}

function isHex(value: unknown, digits: number): value is string {
  return isText(value) && value.length === digits && /^[0-9a-f]+$/.test(value);
}
