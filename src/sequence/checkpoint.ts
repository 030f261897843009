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

const RECORD_FILE = "checkpoint.json";
const SPOOLED_FILE = "input";
/** A record has less than 4 KiB and 70 bytes for each run, of which there are 1024 at most. */
const RECORD_BYTES = 256 * 1024;
/** The sorters' files, by what they hold. */
export const RANK_FILE = "rank";
export const ASSIGNMENT_FILE = "assignments";

/** "damaged": what is there is of no use. */
export type StoredReduction = ReductionRecord | "damaged" | undefined;

/** What finished stages found out. */
export type Found = {
  readonly ingest: IngestCounts;
  readonly cluster: ClusterCounts | null;
  readonly sorter: SorterDescription;
};

export async function readStoredReduction(directory: string): Promise<StoredReduction> {
  const file = await readSmallFile(join(directory, RECORD_FILE), RECORD_BYTES);
  if (file === undefined) return undefined;
  const record = "text" in file ? parseRecord(file.text) : undefined;
  if (record === undefined) return "damaged";
  return record.spooled === null || isFileOf(join(directory, SPOOLED_FILE), record.spooled.byteLength) ? record : "damaged";
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
  readonly #input: InputIdentity;
  #record: ReductionRecord | undefined;
  #hasMovedInput = false;

  /**
   * Nothing is written yet.
   *
   * @param directory - folder of the sorters' files
   * @param stored - what --resume found there
   * @throws UsageError when that is of another job
   */
  constructor(directory: string, parameters: ReductionParameters, input: InputIdentity, stored: StoredReduction) {
    this.#directory = directory;
    this.#parameters = parameters;
    this.#input = input;
    if (stored === undefined || stored === "damaged") return;
    const problem = otherJob(stored, { parameters, input });
    if (problem !== undefined) throw problem;
    this.#record = stored;
  }

  get found(): Found | undefined {
    return this.#record;
  }

  /** A copy of the plain input that is kept; undefined where the input itself is read. */
  get spooled(): (SpooledInput & { readonly path: string }) | undefined {
    const spooled = this.#record?.spooled ?? undefined;
    return spooled && { ...spooled, path: join(this.#directory, SPOOLED_FILE) };
  }

  /** What a later run needs of the folder; nothing as long as no stage is on record. */
  names(): ReadonlySet<string> {
    if (this.#record === undefined) return new Set();
    const { cluster, spooled } = this.#record;
    const sorter = cluster === null ? RANK_FILE : ASSIGNMENT_FILE;
    return new Set([RECORD_FILE, sorter, ...(spooled === null ? [] : [SPOOLED_FILE])]);
  }

  /**
   * Puts a stage on record. Its sorter's file need not have reached the disk: its hashes tell.
   *
   * @param spooled - the input's plain bytes where they are a copy, which is moved beside the record
   * @throws MmError as outputFailure; what was on record stays there
   */
  async save(found: Found, spooled: (SpooledInput & { readonly path: string }) | undefined): Promise<void> {
    const kept = join(this.#directory, SPOOLED_FILE);
    if (spooled !== undefined && spooled.path !== kept && !this.#hasMovedInput) {
      await rename(spooled.path, kept).catch((error: unknown) => {
        throw outputFailure(kept, error);
      });
      this.#hasMovedInput = true;
    }
    const { ingest, cluster, sorter } = found;
    const copy = spooled === undefined ? null : { byteLength: spooled.byteLength, packing: spooled.packing };
    const record = { parameters: this.#parameters, input: this.#input, spooled: copy, ingest, cluster, sorter };
    await writeWhole(join(this.#directory, RECORD_FILE), recordText(record));
    this.#record = record;
  }

  /** Takes off the record what turned out to be of no use; the copy of the input stays until the job's end. */
  forget(): void {
    this.#record = undefined;
    for (const name of [RECORD_FILE, RANK_FILE, ASSIGNMENT_FILE]) rmSync(join(this.#directory, name), { recursive: true, force: true });
  }
}

/** A link to a file is none. */
function isFileOf(path: string, byteLength: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size === byteLength;
}
