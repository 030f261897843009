import { describe, expect, test } from "vitest";
import { RecordGatherer } from "../../../src/ddex/library/record-gatherer.ts";
import type { ChunkMetadata, DDEXRecord } from "../../../src/ddex/library/records.ts";
import { TextBuffer } from "../../../src/ddex/library/text-buffer.ts";

type Chunk = { readonly records: readonly DDEXRecord[]; readonly metadata: ChunkMetadata };

function gatherer(bufferBytes: number, flushThreshold = 1): { gatherer: RecordGatherer; chunks: Chunk[] } {
  const chunks: Chunk[] = [];
  const onChunk = (records: readonly DDEXRecord[], metadata: ChunkMetadata) => void chunks.push({ records, metadata });
  return { gatherer: new RecordGatherer(new TextBuffer(16), { bufferBytes, flushThreshold, onChunk }), chunks };
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
});

test("a text buffer grows for a long line, and is as small as before when it is cleared", () => {
  const text = new TextBuffer(4);
  text.append(Buffer.from("a long line"));
  expect([text.byteLength, text.lineBytes]).toEqual([11, 0]);
  text.append(Buffer.from(" ends\nand"));
  expect(text.take(text.lineBytes)).toBe("a long line ends\n");
  expect(text.byteLength).toBe(3);
  text.clear();
  expect(text.byteLength).toBe(0);
  text.append(Buffer.from("b\n"));
  expect(text.take(2)).toBe("b\n");
});
