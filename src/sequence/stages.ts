/** The native stages of one reduction: each is watched, and fails in the words of the error family. */
import { errnoOf, systemClock } from "../base/index.ts";
import type { AlphabetName, ClusterCounts, IngestCounts, NativeReduction, ReducedOutputCounts } from "../binding/index.ts";
import type { Found } from "./checkpoint.ts";
import { freeBytesFor } from "./grant.ts";
import type { OpenFiles } from "./open-files.ts";
import { putOnRecord } from "./open-reduction.ts";
import type { ReductionJob, ReductionOutputs, ReductionPhase } from "./reduction.ts";
import { clusterRequest, type InputRequest, ingestRequest, inputRequest, outputRequest } from "./requests.ts";
import { namesOf, stageError } from "./stage-error.ts";
import type { StageMemory } from "./stage-memory.ts";
import { watchStage } from "./stage-watch.ts";

/** What took longer is put on record even where that costs a file. */
const DEAR_MS = 10_000;

export class Stages {
  readonly #reduction: NativeReduction;
  readonly #job: ReductionJob;
  readonly #files: OpenFiles;
  readonly #inputs: InputRequest["inputs"];
  #recordedMs = systemClock.nowMs();

  constructor(reduction: NativeReduction, job: ReductionJob, files: OpenFiles) {
    this.#reduction = reduction;
    this.#job = job;
    this.#files = files;
    this.#inputs = job.inputs.map(({ path, byteLength }) => ({ fd: files.reading(path), byteLength }));
  }

  async read(): Promise<IngestCounts> {
    const { settings, inputs } = this.#job;
    return await this.#run("read", `reading ${namesOf(inputs)}`, () => this.#reduction.ingest(ingestRequest(settings, this.#inputs)));
  }

  /** @param identity - x 10^4 */
  async compare(identity: number, alphabet: AlphabetName): Promise<ClusterCounts> {
    const request = clusterRequest({ ...this.#job.settings, identity }, alphabet);
    return await this.#run("cluster", "comparing sequences", () => this.#reduction.cluster(request));
  }

  /** @returns bytes of the representatives as the last comparison left them */
  async measure(): Promise<number> {
    const request = inputRequest(this.#job.settings, this.#inputs);
    return await this.#run("measure", "measuring representatives", () => this.#reduction.measure(request));
  }

  /** @param identity - of the last comparison, x 10^4 */
  async write(outputs: ReductionOutputs, identity: number, alphabet: AlphabetName): Promise<ReducedOutputCounts> {
    const request = outputRequest({ ...this.#job.settings, identity }, alphabet, this.#inputs, {
      representatives: this.#files.writing(outputs.representatives),
      deltas: this.#files.writing(outputs.deltas),
      clusters: this.#files.writing(outputs.clusters),
      index: outputs.index === undefined ? -1 : this.#files.writing(outputs.index),
      clusterFormat: outputs.clusterFormat,
    });
    return await this.#run("write", "writing representatives and deltas", () => this.#reduction.write(request));
  }

  /** Puts what is found out on record where that is cheap, or finding it out again would be dear. */
  async record(counts: Omit<Found, "sorter">): Promise<void> {
    const isDear = this.#job.maxDiskBytes > 0 && systemClock.nowMs() - this.#recordedMs > DEAR_MS;
    if (await putOnRecord(this.#reduction, this.#job, isDear, counts)) this.#recordedMs = systemClock.nowMs();
  }

  #limitFor(lackingBytes: number): ReturnType<StageMemory["limitFor"]> {
    const { inputs, grant, memory } = this.#job;
    const inputBytes = inputs.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return memory.limitFor(freeBytesFor(grant.stageBytes + lackingBytes, inputBytes));
  }

  async #run<T>(phase: ReductionPhase, doing: string, run: () => Promise<T>): Promise<T> {
    const { signal, onProgress, checkpoint, inputs, maxDiskBytes } = this.#job;
    try {
      return await watchStage(this.#reduction, signal, ({ done, total }) => onProgress(phase, done, total), run);
    } catch (error) {
      // Files that contradict each other are no help to a later run.
      if (["ESTALE", "EBADMSG"].includes(errnoOf(error) ?? "")) checkpoint.forget();
      throw stageError(error, {
        doing,
        files: inputs,
        limitFor: (bytes) => this.#limitFor(bytes),
        maxDiskBytes,
        signal,
        malformedHint: "a FASTA file (of FASTQ: seqkit fq2fa), or --force to take its bytes as they are",
        isText: true,
      });
    }
  }
}
