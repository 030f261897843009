/**
 * What the finished stages of a reduction found out, as a later run can find and trust it: one record, and beside it the file of the sorter
 * that the next stage reads.
 */
import { lstatSync, rmSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterCounts, IngestCounts, SorterDescription } from "../binding/index.ts";
import { outputFailure, readSmallFile, writeWhole } from "../io/index.ts";
import { fileError } from "../memory/index.ts";
import { otherJob } from "./checkpoint-differences.ts";
import {
  type InputIdentity,
  parseRecord,
  type ReductionParameters,
  type ReductionRecord,
  recordText,
  type SpooledInput,
} from "./checkpoint-record.ts";
import type { ComparisonStep } from "./target.ts";

const RECORD_FILE = "checkpoint.json";
/** Less than 8 KiB, 70 bytes for each run, of which there are 1024 at most, and 300 and its path for each input. */
const RECORD_BYTES = 1024 * 1024;
/** The sorters' files, by what they hold. */
export const RANK_FILE = "rank";
export const ASSIGNMENT_FILE = "assignments";

/** "damaged": what is there is of no use. */
export type StoredReduction = ReductionRecord | "damaged" | undefined;

/** What finished stages found out. */
export type Found = {
  readonly ingest: IngestCounts;
  /** Comparisons of a job with a target: all of them, or those that did not do. */
  readonly steps: readonly ComparisonStep[];
  readonly cluster: ClusterCounts | null;
  readonly sorter: SorterDescription;
};

/** Where the plain bytes of an input are. */
export type ReadInput = SpooledInput & { readonly path: string; readonly isSpooled: boolean };

export async function readStoredReduction(directory: string): Promise<StoredReduction> {
  const file = await readSmallFile(join(directory, RECORD_FILE), RECORD_BYTES);
  if (file === undefined) return undefined;
  const record = "text" in file ? parseRecord(file.text) : undefined;
  if (record === undefined) return "damaged";
  const areThere = record.spooled.every((each, at) => each === null || isFileOf(join(directory, spooledFile(at)), each.byteLength));
  return areThere ? record : "damaged";
}

/**
 * @param path - "-" for standard input, which nobody can tell from another one
 * @throws MmError as fileError
 */
export function identifyInput(path: string): InputIdentity {
  if (path === "-") return null;
  try {
    const { size, mtimeNs, ino } = statSync(path, { bigint: true });
    return { path, byteLength: Number(size), modifiedNs: String(mtimeNs), inode: String(ino) };
  } catch (cause) {
    throw fileError(cause, "read", path);
  }
}

export class ReductionCheckpoint {
  readonly #directory: string;
  readonly #parameters: ReductionParameters;
  readonly #inputs: readonly InputIdentity[];
  #record: ReductionRecord | undefined;
  #hasMovedInputs = false;

  /**
   * Nothing is written yet.
   *
   * @param directory - folder of the sorters' files
   * @param stored - what --resume found there
   * @throws UsageError when that is of another job
   */
  constructor(directory: string, parameters: ReductionParameters, inputs: readonly InputIdentity[], stored: StoredReduction) {
    this.#directory = directory;
    this.#parameters = parameters;
    this.#inputs = inputs;
    if (stored === undefined || stored === "damaged") return;
    const problem = otherJob(stored, { parameters, inputs });
    if (problem !== undefined) throw problem;
    this.#record = stored;
  }

  get found(): Found | undefined {
    return this.#record;
  }

  /** A copy of the plain bytes of an input that is kept; undefined where the input itself is read. */
  spooled(at: number): ReadInput | undefined {
    const spooled = this.#record?.spooled[at] ?? undefined;
    return spooled && { ...spooled, path: this.#spooledPath(at), isSpooled: true };
  }

  /** What a later run needs of the folder; nothing as long as no stage is on record. */
  names(): ReadonlySet<string> {
    if (this.#record === undefined) return new Set();
    const { cluster, spooled } = this.#record;
    const sorter = cluster === null ? RANK_FILE : ASSIGNMENT_FILE;
    return new Set([RECORD_FILE, sorter, ...spooled.flatMap((each, at) => (each === null ? [] : [spooledFile(at)]))]);
  }

  /**
   * Puts a stage on record. Its sorter's file need not have reached the disk: its hashes tell.
   *
   * @param inputs - those that are copies are moved beside the record
   * @throws MmError as outputFailure; what was on record stays there
   */
  async save(found: Found, inputs: readonly ReadInput[]): Promise<void> {
    if (!this.#hasMovedInputs) for (const [at, input] of inputs.entries()) await this.#keep(input, at);
    this.#hasMovedInputs = true;
    const { ingest, steps, cluster, sorter } = found;
    const spooled = inputs.map(({ isSpooled, byteLength, packing }) => (isSpooled ? { byteLength, packing } : null));
    const record = { parameters: this.#parameters, inputs: this.#inputs, spooled, ingest, steps, cluster, sorter };
    await writeWhole(join(this.#directory, RECORD_FILE), recordText(record));
    this.#record = record;
  }

  async #keep({ path, isSpooled }: ReadInput, at: number): Promise<void> {
    const kept = this.#spooledPath(at);
    if (!isSpooled || path === kept) return;
    await rename(path, kept).catch((error: unknown) => {
      throw outputFailure(kept, error);
    });
  }

  #spooledPath(at: number): string {
    return join(this.#directory, spooledFile(at));
  }

  /** Takes off the record what turned out to be of no use; copies of inputs stay until the job's end. */
  forget(): void {
    this.#record = undefined;
    for (const name of [RECORD_FILE, RANK_FILE, ASSIGNMENT_FILE]) rmSync(join(this.#directory, name), { recursive: true, force: true });
  }
}

function spooledFile(at: number): string {
  return `input-${at}`;
}

/** A link to a file is none. */
function isFileOf(path: string, byteLength: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size === byteLength;
}
