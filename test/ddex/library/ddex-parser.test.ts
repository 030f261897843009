import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeMessage, makeSmallMessage } from "../../../fixtures/ddex.mjs";
import type { ChunkMetadata, DDEXRecord } from "../../../src/index.ts";
import {
  DDEXParser,
  MemoryEfficientDDEXProcessor,
  MemoryEfficientParser,
  MemoryManagedDDEXService,
  PooledDDEXParser,
} from "../../../src/index.ts";

const MIB = 1024 * 1024;
const streaming = { maxMemoryUsage: 1024 * MIB };
const { pieces, counts } = makeMessage({ profile: "catalogue", seed: 3, bytes: 2_000_000 });
const catalogue = [...pieces].join("");
const small = makeSmallMessage(1, 0);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-library-"));
  writeFileSync(join(folder, "catalogue.xml"), catalogue);
  for (const at of [1, 2, 3, 4, 5]) writeFileSync(join(folder, `${at}.xml`), makeSmallMessage(2, at));
  writeFileSync(join(folder, "bad.xml"), "<a>");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);
const releases = (records: readonly DDEXRecord[]) => records.filter(({ type }) => type === "release");

describe("DDEXParser", () => {
  test.each<[string, () => string | Uint8Array | AsyncIterable<Uint8Array> | { path: string }]>([
    ["text", () => catalogue],
    ["bytes", () => Buffer.from(catalogue)],
    [
      "bytes as they come",
      async function* () {
        for (let at = 0; at < catalogue.length; at += 100_000) yield Buffer.from(catalogue.slice(at, at + 100_000));
      },
    ],
    ["a file", () => ({ path: path("catalogue.xml") })],
  ])("reads %s in chunks of the buffer's size", async (_name, source) => {
    const chunks: { records: readonly DDEXRecord[]; metadata: ChunkMetadata }[] = [];
    const parser = new DDEXParser({ streaming: { ...streaming, bufferSize: 100_000, flushThreshold: 0.5 } });
    const summary = await parser.parseStream(source(), { onChunk: (records, metadata) => void chunks.push({ records, metadata }) });
    expect(summary).toMatchObject({ releases: counts.releases, tracks: counts.tracks, deals: counts.deals, elements: counts.elements });
    expect(releases(chunks.flatMap(({ records }) => records))).toHaveLength(counts.releases);
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.map(({ metadata }) => metadata.index)).toEqual(chunks.map((_, at) => at));
    expect(chunks.at(-1)?.metadata.byteEnd).toBe(summary.outputBytes);
    expect(chunks.reduce((sum, { metadata }) => sum + metadata.releases, 0)).toBe(counts.releases);
    for (const { metadata } of chunks.slice(0, -1)) expect(metadata.byteEnd - metadata.byteStart).toBeLessThan(300_000);
  });

  test("who takes records slowly sets the pace, and an error of theirs ends it", async () => {
    const parser = new DDEXParser({ streaming: { ...streaming, bufferSize: 100_000 } });
    let chunks = 0;
    const onChunk = async () => {
      chunks += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (chunks === 3) throw new Error("enough");
    };
    await expect(parser.parseStream(catalogue, { onChunk })).rejects.toThrow("enough");
    expect(chunks).toBe(3);
    expect(releases(await parser.parse(small))).toHaveLength(1);
  });

  test("the size of chunks may change, and flush hands over at once", async () => {
    const parser = new DDEXParser({ streaming });
    const sizes: number[] = [];
    await parser.parseStream(catalogue, {
      onChunk: async (_records, { byteStart, byteEnd }) => {
        sizes.push(byteEnd - byteStart);
        parser.setBufferSize(50_000);
        await parser.flush();
      },
    });
    expect(sizes[0]).toBeGreaterThan(0.8 * MIB);
    for (const size of sizes.slice(1, -1)) expect(size).toBeLessThan(200_000);
  });

  test("progress ends with all of it", async () => {
    const seen: { bytes: number; totalBytes: number; releases: number }[] = [];
    await new DDEXParser({ streaming }).parseStream(catalogue, { onProgress: (progress) => void seen.push(progress) });
    expect(seen.at(-1)).toMatchObject({ totalBytes: counts.bytes, releases: counts.releases });
    expect(seen.at(-1)?.bytes).toBeGreaterThanOrEqual(counts.bytes);
  });

  test("a file is a sequence of records, which may be left early", async () => {
    const parser = new DDEXParser({ streaming: { ...streaming, bufferSize: 100_000 } });
    const all: DDEXRecord[] = [];
    for await (const record of parser.parseFile(path("catalogue.xml"))) all.push(record);
    expect(releases(all)).toHaveLength(counts.releases);
    for await (const record of parser.parseFile(path("catalogue.xml"))) {
      expect(record.type).toBe("message");
      break;
    }
  });

  test("several files come in their order; a refused one ends it, or stands in its place", async () => {
    const paths = ["1", "2", "bad", "3", "4", "5"].map((name) => path(`${name}.xml`));
    const found: [string, number | null][] = [];
    const parser = new DDEXParser({ streaming: { ...streaming, continueOnError: true } });
    for await (const { path: name, records } of parser.parseFiles(paths)) found.push([name, records && releases(records).length]);
    expect(found).toEqual(paths.map((each) => [each, each.endsWith("bad.xml") ? null : 1]));
    const strict = async () => {
      for await (const _ of new DDEXParser({ streaming }).parseFiles(paths, { maxConcurrent: 3 }));
    };
    await expect(strict()).rejects.toMatchObject({ exitCode: 65 });
  });

  test("limits hold", async () => {
    const limited = (more: object) => new DDEXParser({ streaming: { ...streaming, ...more } }).parse(small);
    await expect(limited({ maxElementDepth: 3 })).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining("XML_LIMIT_DEPTH"),
    });
    await expect(limited({ maxElementCount: 20 })).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringContaining("LIMIT_ELEMENTS"),
    });
    await expect(limited({ maxMemoryUsage: 10 * MIB })).rejects.toMatchObject({
      exitCode: 75,
      hint: expect.stringContaining("maxMemoryUsage"),
    });
    expect(() => new DDEXParser({ streaming: { chunkSize: 0 } })).toThrow("chunkSize");
    expect(() => new DDEXParser({ fields: ["titel"] })).toThrow("titel");
  });

  test("a mode and fields of the records", async () => {
    const types = (await new DDEXParser({ streaming, mode: "records" }).parse(small)).map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(["message", "party", "resource", "release", "deal"]));
    const [release] = releases(await new DDEXParser({ streaming, fields: ["title"] }).parse(small));
    expect(release).toMatchObject({ type: "release", title: expect.any(String) });
    expect(release).not.toHaveProperty("deals");
  });
});

test("MemoryEfficientParser does not begin where memory is short, and says what it took", async () => {
  const said: string[] = [];
  const parser = new MemoryEfficientParser({ streaming, onMessage: (message) => said.push(message) });
  const summary = await parser.parseWithMemoryControl(small);
  expect(summary).toMatchObject({ releases: 1, memory: { gcCount: 0 } });
  expect(summary.memory.endMemoryMb - summary.memory.startMemoryMb).toBeCloseTo(summary.memory.memoryDeltaMb);
  expect(said.at(-1)).toMatch(/^memory [\d.]+ to [\d.]+ MiB$/);
  const greedy = new MemoryEfficientParser({ streaming: { maxMemoryUsage: 2 ** 50 } });
  await expect(greedy.parseWithMemoryControl(small)).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringContaining("insufficient memory"),
  });
});

test("each of two parses at once knows what it took itself", async () => {
  const said: string[] = [];
  const parser = new MemoryEfficientParser({ streaming, onMessage: (message) => said.push(message) });
  const summaries = await Promise.all([catalogue, small, small].map((source) => parser.parseWithMemoryControl(source)));
  for (const { memory } of summaries) expect(Math.min(memory.startMemoryMb, memory.endMemoryMb)).toBeGreaterThan(1);
  expect(said).toHaveLength(3);
  expect(() => new MemoryEfficientParser({ fields: ["titel"] })).toThrow("titel");
});

test("a message that lacks memory names how much is enough", async () => {
  const at = small.indexOf("<DisplayArtistName");
  const many = Array.from({ length: 150_000 }, (_, number) => `<DisplayArtistName>${number}</DisplayArtistName>`).join("\n");
  const large = small.slice(0, at) + many + small.slice(at);
  const parse = (maxMemoryUsage: number) => new DDEXParser({ streaming: { maxMemoryUsage } }).parse(large);
  const neededBy = async (maxMemoryUsage: number) => {
    const error = (await parse(maxMemoryUsage).catch((caught: unknown) => caught)) as { exitCode: number; hint: string };
    expect(error).toMatchObject({ exitCode: 75, hint: expect.stringMatching(/^maxMemoryUsage: \d+$/) });
    return Number(error.hint.split(" ")[1]);
  };
  const toBegin = await neededBy(10 * MIB);
  const enough = await neededBy(toBegin + 4 * MIB);
  expect(enough).toBeGreaterThan(toBegin);
  // Its records and their text take as much again, and the process grows while it tries.
  expect(releases(await parse(enough + 200 * MIB))).toHaveLength(1);
});

describe("MemoryEfficientDDEXProcessor", () => {
  const config = { maxMemoryMb: 1024 };

  test("gives a large file in chunks", async () => {
    const { length } = catalogue;
    let [found, chunks] = [0, 0];
    for await (const chunk of new MemoryEfficientDDEXProcessor(config).processLargeFile(path("catalogue.xml"))) {
      found += chunk.releases.length;
      chunks += 1;
    }
    expect(found, `${length} characters`).toBe(counts.releases);
    expect(chunks).toBeGreaterThanOrEqual(1);
  });

  test("reads several, and gives null for one that cannot be read", async () => {
    const paths = [path("1.xml"), path("bad.xml"), path("none.xml"), path("2.xml")];
    const found: [string, number | null][] = [];
    for await (const [name, chunks] of new MemoryEfficientDDEXProcessor(config).processMultipleFiles(paths, 2)) {
      found.push([name, chunks?.reduce((sum, chunk) => sum + chunk.releases.length, 0) ?? null]);
    }
    expect(found).toEqual([
      [paths[0], 1],
      [paths[1], null],
      [paths[2], null],
      [paths[3], 1],
    ]);
  });
});

test("PooledDDEXParser uses the same buffers for every message", async () => {
  await using parser = new PooledDDEXParser({ streaming });
  for (let round = 0; round < 3; round += 1) {
    const { metadata, records } = await parser.parseWithPooling(small);
    expect(metadata.messageId).toEqual(expect.any(String));
    expect(releases(records)).toHaveLength(1);
    expect(records.some(({ type }) => type === "message")).toBe(false);
  }
});

test("MemoryManagedDDEXService reads messages and knows its memory", async () => {
  using service = new MemoryManagedDDEXService({ streaming, detectionIntervalMs: 5, leaks: { windowMs: 60_000 } });
  expect(releases(await service.processWithMemoryTracking(small))).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { current, trend, timestamp } = service.getMemoryStatus();
  expect(current.heapUsedMB).toBeGreaterThan(1);
  expect(current.rssMB).toBeGreaterThan(current.heapUsedMB);
  expect(["growing", "stable", "decreasing"]).toContain(trend.trend);
  expect(Date.parse(timestamp)).toBeGreaterThan(0);
  service.shutdown();
});
