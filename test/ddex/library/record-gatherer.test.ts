import { describe, expect, test } from "vitest";
import { RecordGatherer } from "../../../src/ddex/library/record-gatherer.ts";
import type { ChunkMetadata, DDEXRecord } from "../../../src/ddex/library/records.ts";
import { TextBuffer } from "../../../src/ddex/library/text-buffer.ts";
import type { Budget } from "../../../src/memory/index.ts";
import { roomyBudget } from "../../memory/roomy-budget.ts";

type Chunk = { readonly records: readonly DDEXRecord[]; readonly metadata: ChunkMetadata };

function gatherer(bufferBytes: number, flushThreshold = 1, text = new TextBuffer(bufferBytes, roomyBudget())) {
  const chunks: Chunk[] = [];
  const onChunk = (records: readonly DDEXRecord[], metadata: ChunkMetadata) => void chunks.push({ records, metadata });
  return { gatherer: new RecordGatherer(text, { bufferBytes, flushThreshold, onChunk }), chunks };
}

function line(type: string, title: string): Buffer {
  return Buffer.from(`${JSON.stringify({ type, title })}\n`);
}

describe("RecordGatherer", () => {
  test("hands records over when the buffer is full, whole lines alone", async () => {
    const bytes = Buffer.concat([line("message", "é"), line("release", "東京"), line("release", "c")]);
    for (const step of [1, 3, 7, bytes.length]) {
      const { gatherer: each, chunks } = gatherer(40);
      let elements = 0;
      each.countElements = () => elements;
      for (let at = 0; at < bytes.length; at += step) {
        elements += 10;
        await each.push(bytes.subarray(at, at + step));
      }
      await each.flush();
      const records = chunks.flatMap((chunk) => chunk.records);
      expect(records.map(({ title }) => title)).toEqual(["é", "東京", "c"]);
      expect(chunks.map(({ metadata }) => metadata.index)).toEqual(chunks.map((_, at) => at));
      expect(chunks.reduce((sum, { metadata }) => sum + metadata.releases, 0)).toBe(2);
      expect(chunks.reduce((sum, { metadata }) => sum + metadata.elements, 0)).toBe(elements);
      const places = chunks.flatMap(({ metadata }) => [metadata.byteStart, metadata.byteEnd]);
      expect([places[0], places.at(-1)]).toEqual([0, bytes.length]);
      expect(places.slice(1, -1)).toEqual(chunks.slice(1).flatMap(({ metadata }) => [metadata.byteStart, metadata.byteStart]));
    }
  });

  test("hands over earlier by the threshold, or once the buffer is smaller", async () => {
    const { gatherer: early, chunks } = gatherer(100, 0.3);
    await early.push(line("release", "a"));
    expect(chunks).toHaveLength(1);
    const { gatherer: late, chunks: lateChunks } = gatherer(1000);
    await late.push(line("release", "a"));
    expect(lateChunks).toHaveLength(0);
    late.setBufferSize(30);
    await late.push(line("release", "b"));
    expect(lateChunks).toHaveLength(1);
  });

  test("flush hands over what is there, and nothing twice", async () => {
    const { gatherer: each, chunks } = gatherer(1000);
    await each.push(Buffer.concat([line("release", "a"), Buffer.from('{"type":')]));
    await each.flush();
    await each.flush();
    expect(chunks).toHaveLength(1);
    await each.push(Buffer.from('"release"}\n'));
    await each.flush();
    expect(chunks[1]?.records).toEqual([{ type: "release" }]);
  });

  test("a line that is longer than the buffer is paid for as long as it is there, whatever comes around it", async () => {
    using budget = roomyBudget();
    using text = new TextBuffer(64, budget);
    const { gatherer: each, chunks } = gatherer(64, 1, text);
    const held: number[] = [];
    const push = async (bytes: Uint8Array) => {
      await each.push(bytes);
      held.push(budget.reservedBytes);
    };
    const short = line("release", "a");
    const long = line("release", "b".repeat(10_000));
    for (let round = 0; round < 10; round += 1) await push(Buffer.concat([short, short, short]));
    expect(held).toEqual(held.map(() => 0));
    await push(long.subarray(0, 5000));
    expect(budget.reservedBytes).toBeGreaterThanOrEqual(2 * (5000 - 64));
    await push(long.subarray(5000));
    await push(Buffer.concat([short, short, short]));
    expect(budget.reservedBytes).toBe(0);
    await each.flush();
    expect(chunks.flatMap(({ records }) => records).map(({ title }) => String(title).length)).toEqual([
      ...Array.from({ length: 30 }, () => 1),
      10_000,
      1,
      1,
      1,
    ]);
  });

  test("a line takes time by its length, in however many pieces it comes", async () => {
    const piece = Buffer.alloc(256, "x");
    const microsFor = async (pieces: number) => {
      using budget = roomyBudget();
      using text = new TextBuffer(4096, budget);
      const { gatherer: each } = gatherer(4096, 1, text);
      const start = process.cpuUsage();
      for (let at = 0; at < pieces; at += 1) await each.push(piece);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    const best = async (pieces: number) => Math.min(await microsFor(pieces), await microsFor(pieces), await microsFor(pieces));
    await microsFor(4000);
    // 8 times the pieces: to look through all of them at each would take 64 times as long.
    expect((await best(64_000)) / (await best(8000))).toBeLessThan(32);
  });
});

function texts(capacity: number, budget: Budget): TextBuffer {
  const text = new TextBuffer(capacity, budget);
  text.append(Buffer.from("a long line"));
  return text;
}

describe("TextBuffer", () => {
  test("grows for a long line, and is as small as before when that is taken or it is cleared", () => {
    using budget = roomyBudget();
    const text = texts(4, budget);
    expect([text.byteLength, text.lineBytes, budget.reservedBytes]).toEqual([11, 0, 2 * (11 - 4)]);
    text.append(Buffer.from(" ends\nand"));
    expect(text.take(text.lineBytes)).toBe("a long line ends\n");
    expect([text.byteLength, text.lineBytes, text.freeBytes, budget.reservedBytes]).toEqual([3, 0, 1, 0]);
    text.append(Buffer.from(" more"));
    expect(budget.reservedBytes).toBeGreaterThan(0);
    text.clear();
    expect([text.byteLength, text.freeBytes, budget.reservedBytes]).toEqual([0, 4, 0]);
    text.append(Buffer.from("b\n"));
    expect(text.take(2)).toBe("b\n");
  });

  test("of two lines that are whole one may be taken", () => {
    using text = new TextBuffer(16, roomyBudget());
    text.append(Buffer.from("a\nbc\nd"));
    expect(text.lineBytes).toBe(5);
    expect([text.take(2), text.lineBytes]).toEqual(["a\n", 3]);
    expect([text.take(3), text.lineBytes]).toEqual(["bc\n", 0]);
  });

  test("does not grow where nobody pays for it, and keeps what it has", () => {
    using budget = roomyBudget(100);
    using text = texts(4, budget);
    expect(() => text.append(Buffer.alloc(100))).toThrow("over the memory limit");
    expect(text.take(11)).toBe("a long line");
  });
});
