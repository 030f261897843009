/** What was read, summed over messages. */
import type { ParseOutcome } from "../binding/index.ts";
import type { ParseResult } from "./parse-result.ts";

type Counts = Pick<
  ParseResult,
  "releases" | "tracks" | "deals" | "parties" | "problems" | "elements" | "maxDepth" | "bytes" | "internedBytes"
>;

export class ParseTotals {
  files = 0;
  failedFiles = 0;
  outputBytes = 0;
  #counts: Counts = { releases: 0, tracks: 0, deals: 0, parties: 0, problems: 0, elements: 0, maxDepth: 0, bytes: 0, internedBytes: 0 };

  /** Of a refused message only what it took to refuse it counts. */
  add(outcome: ParseOutcome): void {
    const { bytes, elements, maxDepth, internedBytes } = outcome;
    const isRefused = outcome.failure !== undefined || outcome.stop !== undefined;
    const { releases, tracks, deals, parties, problems } = isRefused ? NOTHING : outcome;
    const sum = this.#counts;
    this.#counts = {
      releases: sum.releases + releases,
      tracks: sum.tracks + tracks,
      deals: sum.deals + deals,
      parties: sum.parties + parties,
      problems: sum.problems + problems,
      elements: sum.elements + elements,
      maxDepth: Math.max(sum.maxDepth, maxDepth),
      bytes: sum.bytes + bytes,
      internedBytes: sum.internedBytes + internedBytes,
    };
  }

  get counts(): Counts {
    return this.#counts;
  }
}

const NOTHING = { releases: 0, tracks: 0, deals: 0, parties: 0, problems: 0 };
