/** A parser whose messages say what becomes of them: "3" has so many records, "bad" is malformed, "memory 8192" lacks memory in larger chunks. */
import { readFileSync, writeSync } from "node:fs";
import { BudgetExceededError } from "../../src/base/index.ts";
import type { ParseInput, ParseOutcome, ParseRequest } from "../../src/binding/index.ts";
import type { OpenParser } from "../../src/ddex/retrying-parser.ts";

const NOTHING = {
  bytes: 0,
  outputBytes: 0,
  elements: 0,
  maxDepth: 0,
  releases: 0,
  tracks: 0,
  deals: 0,
  parties: 0,
  problems: 0,
  internedBytes: 0,
};
const LACKING_BYTES = 1000;
/** The ledger has no more for one parser. */
const MOST_GRANT_BYTES = 52_000;

export class FakeParser {
  readonly requests: ParseRequest[] = [];
  /** Of each parser that was opened. */
  readonly grants: number[] = [];
  /** Names of messages, in the order they were done with. */
  readonly read: string[] = [];
  isCancelled = false;

  readonly open: OpenParser = (grantBytes) => {
    if (grantBytes > MOST_GRANT_BYTES) throw new BudgetExceededError("no more");
    this.grants.push(grantBytes);
    return {
      parse: async (request) => this.#parse(request),
      progress: () => ({ inputs: 0, bytes: 0, releases: 0, elements: 0, diskBytes: 0, diskPeakBytes: 0 }),
      cancel: () => {
        this.isCancelled = true;
      },
      [Symbol.dispose]: () => undefined,
    };
  };

  async #parse(request: ParseRequest): Promise<readonly ParseOutcome[]> {
    this.requests.push(request);
    const outcomes: ParseOutcome[] = [];
    let outputFd = -1;
    let { frame } = request;
    for (const input of request.inputs) {
      outputFd = input.outputFd < 0 ? outputFd : input.outputFd;
      const text = readFileSync(input.name, "utf8").trim();
      if (text.startsWith("slow")) await new Promise((resolve) => setTimeout(resolve, 30));
      const outcome = outcomeOf(text, request);
      outcomes.push(outcome);
      this.read.push(input.name);
      if (outcome.failure !== undefined || outcome.stop !== undefined) {
        if (outcome.outputBytes > 0) writeSync(outputFd, "x".repeat(outcome.outputBytes));
        break;
      }
      const records = recordsOf(input, outcome.releases, { ...request, frame });
      if (records !== "" && frame === "first") frame = "following";
      writeSync(outputFd, records);
      outcomes[outcomes.length - 1] = { ...outcome, outputBytes: records.length };
    }
    return outcomes;
  }
}

function outcomeOf(text: string, { chunkBytes }: ParseRequest): ParseOutcome {
  const [word = "", number = "0"] = text.split(" ");
  if (word === "bad") {
    const failure = { code: "XML_TAG_MISMATCH", message: "</b> closes <a>", offset: 2, line: 1, column: 3 };
    return { ...NOTHING, failure, outputBytes: Number(number) };
  }
  if (word === "memory" && chunkBytes > Number(number))
    return { ...NOTHING, stop: { code: "ENOMEM", lackingBytes: LACKING_BYTES }, outputBytes: 5 };
  if (word === "changed") return { ...NOTHING, stop: { code: "ESTALE" } };
  return { ...NOTHING, bytes: text.length, releases: word === "memory" ? 1 : Number(word === "slow" ? number : word) };
}

function recordsOf({ name }: ParseInput, releases: number, { format, frame }: ParseRequest): string {
  const records = Array.from({ length: releases }, (_, at) => JSON.stringify({ file: name.replace(/^.*\//, ""), at }));
  if (releases === 0) return "";
  if (format === "ndjson") return records.map((each) => `${each}\n`).join("");
  if (format === "csv") return records.map((each, at) => `${frame !== "following" && at === 0 ? "head\n" : ""}${each}\n`).join("");
  const between = records.map((each, at) => `${frame === "following" || at > 0 ? ",\n" : "[\n"}${each}`).join("");
  return frame === "whole" ? `${between}\n]\n` : between;
}
