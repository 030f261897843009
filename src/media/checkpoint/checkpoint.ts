/**
 * Finished chunks of a job as a later run can find and trust them: a plan, and a record beside it for every finished chunk. Files are
 * told apart by records alone: a chunk file without one is half-written.
 */
import { lstatSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { outputFailure, readSmallFile, syncToDisk, writeWhole } from "../../io/index.ts";
import type { Budget } from "../../memory/index.ts";
import type { ChunkFile } from "../chunk-files.ts";
import { type Chunk, earlierEntry } from "../chunks.ts";
import type { VideoTrack } from "../container/index.ts";
import { hashFile } from "../file-hash.ts";
import { otherJob } from "./differences.ts";
import { DONE_SCHEMA, type DoneRecord, parseDone } from "./parse.ts";
import type { CheckpointPlan, Unit } from "./plan.ts";
import { PLAN_FILE, type StoredPlan } from "./stored-plan.ts";

const DONE_FOLDER = "done";
/** A record has less than 400 bytes and the name of a host. */
const DONE_BYTES = 4096;

export type CheckpointRequest = {
  /** Folder of the chunk files, the plan and the records. */
  readonly directory: string;
  readonly plan: CheckpointPlan;
  /** Of the units of the plan, in their order. */
  readonly chunks: readonly Chunk[];
  readonly video: VideoTrack;
  readonly budget: Budget;
  readonly signal: AbortSignal;
};

/** What an earlier run had finished. */
export type Recovered = {
  /** In the order of their chunks. */
  readonly files: readonly ChunkFile[];
  /** Wall time that encoding them took. */
  readonly elapsedMs: number;
  /** Why chunks that are on record as finished are not: a line each. */
  readonly refused: readonly string[];
};

const NOTHING: Recovered = { files: [], elapsedMs: 0, refused: [] };

export class Checkpoint {
  readonly #request: CheckpointRequest;
  /** Files of finished chunks by the index of their chunk. */
  readonly #finished = new Map<number, string>();
  #recovered = NOTHING;

  /** Nothing is written or read yet. */
  constructor(request: CheckpointRequest) {
    this.#request = request;
  }

  get recovered(): Recovered {
    return this.#recovered;
  }

  get finishedCount(): number {
    return this.#finished.size;
  }

  /** What a later run needs of the folder; nothing as long as no chunk is finished. */
  names(): ReadonlySet<string> {
    return new Set(this.#finished.size === 0 ? [] : [PLAN_FILE, DONE_FOLDER, ...this.#finished.values()]);
  }

  /**
   * Finds what an earlier run finished. Every chunk file is hashed; one that is not what its record says counts as not finished.
   *
   * @throws UsageError when the plan that is there is another one
   */
  async recover(stored: StoredPlan): Promise<void> {
    const { plan, chunks, signal } = this.#request;
    if (stored === undefined || stored === "damaged") return;
    if (stored.hash !== plan.hash) throw otherJob(stored, plan);
    if (!isFolder(this.#path(DONE_FOLDER))) return;
    const files: ChunkFile[] = [];
    const refused: string[] = [];
    let elapsedMs = 0;
    for (const [at, chunk] of chunks.entries()) {
      signal.throwIfAborted();
      const unit = plan.units[at];
      const record = unit === undefined ? undefined : await this.#readRecord(unit);
      if (unit === undefined || record === undefined) continue;
      const file = "problem" in record ? record : this.#verified(record, unit, chunk);
      if ("problem" in file) {
        refused.push(`chunk ${chunk.index + 1} ${file.problem}`);
        await this.#remove(recordPath(unit));
      } else {
        this.#finished.set(chunk.index, unit.file);
        files.push(file);
        elapsedMs += "elapsedMs" in record ? record.elapsedMs : 0;
      }
    }
    this.#recovered = { files, elapsedMs, refused };
  }

  /** Writes the plan where `recover` found nothing to go on from, and makes room for records. @throws MmError as outputFailure */
  async begin(): Promise<void> {
    try {
      await mkdir(this.#path(DONE_FOLDER), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw outputFailure(this.#path(DONE_FOLDER), error);
    }
    if (this.#finished.size === 0) await writeWhole(this.#path(PLAN_FILE), `${JSON.stringify(this.#request.plan)}\n`);
  }

  /**
   * Puts a chunk on record, its bytes safely on disk first.
   *
   * @param elapsedMs - wall time of its encoding
   * @throws MmError as outputFailure
   */
  async finish(file: ChunkFile, elapsedMs: number): Promise<void> {
    const unit = this.#unitOf(file.chunk);
    if (unit === undefined) return;
    const record: DoneRecord = {
      schema: DONE_SCHEMA,
      unit: unit.id,
      file: unit.file,
      bytes: file.bytes,
      hash: file.hash,
      frames: unit.frames,
      quantiser: file.quantiser,
      peakBytes: file.peakBytes,
      seekTick: file.chunk.seekTick ?? null,
      host: hostname(),
      elapsedMs: Math.round(elapsedMs),
    };
    const path = this.#path(unit.file);
    await syncToDisk(path).catch((error: unknown) => {
      throw outputFailure(path, error);
    });
    await writeWhole(this.#path(recordPath(unit)), `${JSON.stringify(record)}\n`);
    this.#finished.set(file.chunk.index, unit.file);
  }

  /** Takes a chunk off the record that turned out to be wrong. */
  async forget(chunk: Chunk): Promise<void> {
    const unit = this.#unitOf(chunk);
    if (unit === undefined) return;
    this.#finished.delete(chunk.index);
    await this.#remove(recordPath(unit));
  }

  #unitOf({ index }: Chunk): Unit | undefined {
    return this.#request.plan.units[index];
  }

  /** undefined: none, the usual case of a chunk that was not finished. */
  async #readRecord(unit: Unit): Promise<DoneRecord | { readonly problem: string } | undefined> {
    const file = await readSmallFile(this.#path(recordPath(unit)), DONE_BYTES);
    if (file === undefined) return undefined;
    if ("problem" in file) return { problem: `has a record that ${file.problem}` };
    const record = parseDone(file.text);
    const isOfUnit = record?.unit === unit.id && record.file === unit.file && record.frames === unit.frames;
    return isOfUnit ? record : { problem: "has a damaged record" };
  }

  /** Names come from the plan of this run, never from what was read. */
  #verified(record: DoneRecord, { file: name }: Unit, planned: Chunk): ChunkFile | { readonly problem: string } {
    const { budget, video } = this.#request;
    const chunk = [planned, earlierEntry(video, planned)].find(({ seekTick }) => (seekTick ?? null) === record.seekTick);
    if (chunk === undefined) return { problem: "has a damaged record" };
    const path = this.#path(name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return { problem: "has lost its file" };
    if (!stat.isFile() || stat.size === 0 || stat.size !== record.bytes || hashFile(budget, path) !== record.hash) {
      return { problem: "has a file that is not the one that was finished" };
    }
    return { chunk, path, bytes: stat.size, hash: record.hash, quantiser: record.quantiser, peakBytes: record.peakBytes };
  }

  async #remove(name: string): Promise<void> {
    await rm(this.#path(name), { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#request.directory, name);
  }
}

function recordPath({ id }: Unit): string {
  return join(DONE_FOLDER, `${id}.json`);
}

/** A link to a folder is none. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
