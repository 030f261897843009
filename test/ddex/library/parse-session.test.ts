import { afterEach, expect, test } from "vitest";
import { makeMessage, makeSmallMessage } from "../../../fixtures/ddex.mjs";
import { ParseSession } from "../../../src/ddex/library/parse-session.ts";
import { RecordGatherer } from "../../../src/ddex/library/record-gatherer.ts";
import { streamingConfig } from "../../../src/ddex/library/streaming-config.ts";
import { TextBuffer } from "../../../src/ddex/library/text-buffer.ts";

const config = streamingConfig({ maxMemoryUsage: 1024 ** 3, bufferSize: 100_000 });
const catalogue = [...makeMessage({ profile: "catalogue", seed: 3, bytes: 4_000_000 }).pieces].join("");
let hasFailed = false;
const reason = new Error("a sample failed");

afterEach(() => {
  hasFailed = false;
});

function newSession(): ParseSession {
  return new ParseSession(config, 1, () => {
    if (hasFailed) throw reason;
  });
}

async function read(session: ParseSession, source: string, onChunk: () => void | Promise<void>) {
  using text = new TextBuffer(100_000, session.core.budget);
  const gatherer = new RecordGatherer(text, { bufferBytes: 100_000, flushThreshold: 0.8, onChunk });
  const pipeBuffer = new Uint8Array(65_536);
  return await session.read({ source, mode: "joined", fields: [], gatherer, pipeBuffer, onProgress: undefined });
}

test("what ends all parsing ends a message that is being read, and those that follow, with its reason", async () => {
  await using session = newSession();
  let chunks = 0;
  const onChunk = async () => {
    chunks += 1;
    hasFailed = true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await expect(read(session, catalogue, onChunk)).rejects.toBe(reason);
  // What was in the pipe, and the chunk before.
  expect(chunks).toBeLessThanOrEqual(4);
  await expect(read(session, makeSmallMessage(1, 0), onChunk)).rejects.toBe(reason);
  expect(chunks).toBeLessThanOrEqual(4);
});

test("many messages at once are nothing to warn of", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error) => void warnings.push(warning);
  process.on("warning", listener);
  await using session = newSession();
  const small = makeSmallMessage(1, 0);
  const summaries = await Promise.all(Array.from({ length: 12 }, () => read(session, small, () => undefined)));
  await new Promise(setImmediate);
  process.off("warning", listener);
  expect(summaries.map(({ releases }) => releases)).toEqual(summaries.map(() => 1));
  expect(warnings).toEqual([]);
});

test("without that a message is read to its end", async () => {
  await using session = newSession();
  let chunks = 0;
  const { releases } = await read(session, catalogue, () => {
    chunks += 1;
  });
  expect(releases).toBeGreaterThan(10);
  expect(chunks).toBeGreaterThan(10);
});
