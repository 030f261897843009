import { expect, test } from "vitest";
import { BudgetExceededError } from "../../src/base/index.ts";
import type { ParseOutcome } from "../../src/binding/index.ts";
import { type OpenParser, RetryingParser } from "../../src/ddex/retrying-parser.ts";

const NOTHING = { bytes: 0, elements: 0, maxDepth: 0, releases: 0, tracks: 0, deals: 0, parties: 0, problems: 0, internedBytes: 0 };
const LACKS: ParseOutcome = { ...NOTHING, outputBytes: 0, stop: { code: "ENOMEM", lackingBytes: 1000 } };
const PROGRESS = { inputs: 0, bytes: 0, releases: 0, elements: 0, diskBytes: 0, diskPeakBytes: 0 };
const OUTPUT = { mode: "joined", format: "ndjson", table: "releases", bufferBytes: 1e6, flushThreshold: 0.8 } as const;
const READING = { ...OUTPUT, chunkBytes: 65_536, maxDepth: 100, maxElements: 1e6 };

/** Native parsers that lack memory, and once cancelled read nothing more. */
function lackingParsers() {
  const cancelled: boolean[] = [];
  const open: OpenParser = (grantBytes) => {
    if (grantBytes > 53_000) throw new BudgetExceededError("no more");
    const at = cancelled.push(false) - 1;
    return {
      parse: async () => {
        if (cancelled[at]) throw Object.assign(new Error("cancelled"), { code: "ECANCELED" });
        return [LACKS];
      },
      progress: () => PROGRESS,
      cancel: () => {
        cancelled[at] = true;
      },
      [Symbol.dispose]: () => undefined,
    };
  };
  return { open, cancelled };
}

const noDisk = () => ({ byteLength: 0, [Symbol.dispose]: () => undefined });
const inputs = [{ name: "m.xml", fd: 3, outputFd: 4 }];

test("a message that lacks memory is read again while there is more, and then so many times", async () => {
  const { open, cancelled } = lackingParsers();
  const parser = new RetryingParser(open, 50_000, noDisk, READING, 2);
  expect(await parser.read(inputs, { frame: () => "whole", takeBack: () => true })).toEqual([LACKS]);
  expect([cancelled.length, parser.retried, parser.grantBytes]).toEqual([6, 5, 53_000]);
});

test("and not at all where nobody wants that", async () => {
  const { open } = lackingParsers();
  const parser = new RetryingParser(open, 50_000, noDisk, READING, 0);
  expect(await parser.read(inputs, { frame: () => "whole", takeBack: () => true })).toEqual([LACKS]);
  expect([parser.retried, parser.grantBytes]).toEqual([0, 50_000]);
});

test("cancelling holds for the parser that reads it again, too", async () => {
  const { open, cancelled } = lackingParsers();
  const parser = new RetryingParser(open, 50_000, noDisk, READING, 2);
  const takeBack = () => {
    parser.cancel();
    return true;
  };
  await expect(parser.read(inputs, { frame: () => "whole", takeBack })).rejects.toMatchObject({ code: "ECANCELED" });
  expect(cancelled).toEqual([true, true]);
});
