/** The native parser over messages in temporary files. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binding } from "../../src/binding/index.ts";
import type { ParseOutcome, ParseRequest } from "../../src/binding/parse-types.ts";
import { parserTables } from "../../src/ddex/parser-tables.ts";

export type Message = { readonly name: string; readonly bytes: Uint8Array };
export type Options = Partial<Omit<ParseRequest, "inputs">> & { readonly fields?: readonly string[]; readonly memoryBytes?: number };
export type Parsed = { readonly outcomes: readonly ParseOutcome[]; readonly text: string };

const USUAL: Omit<ParseRequest, "inputs"> = {
  mode: "joined",
  format: "ndjson",
  table: "releases",
  chunkBytes: 64 * 1024,
  bufferBytes: 1024 * 1024,
  flushThreshold: 0.8,
  maxDepth: 100,
  maxElements: 1_000_000,
  frame: "whole",
};
const MEMORY_BYTES = 16 * 1024 * 1024;

/** All messages in one request, into one output. */
export async function parseAll(messages: readonly Message[], options: Options = {}): Promise<Parsed> {
  const { fields = [], memoryBytes = MEMORY_BYTES, ...own } = options;
  const folder = mkdtempSync(join(tmpdir(), "mm-parser-"));
  const fds: number[] = [];
  const open = (name: string, flags: string) => {
    const fd = openSync(join(folder, name), flags);
    fds.push(fd);
    return fd;
  };
  const segment = binding.segmentAnonymous(memoryBytes, "base");
  try {
    const files = [open("runs", "w+"), open("table", "w+")];
    const parser = binding.messageParser(segment, { ...parserTables({ ...USUAL, ...own }.mode, fields), files, diskLimitBytes: 2 ** 40 });
    const output = open("output", "w+");
    const inputs = messages.map(({ name, bytes }, at) => {
      writeFileSync(join(folder, `in${at}`), bytes);
      return { name, fd: open(`in${at}`, "r"), outputFd: at === 0 ? output : -1 };
    });
    try {
      const outcomes = await parser.parse({ ...USUAL, ...own, inputs });
      return { outcomes, text: readFileSync(join(folder, "output"), "utf8") };
    } finally {
      parser.close();
    }
  } finally {
    for (const fd of fds) closeSync(fd);
    segment.close();
    rmSync(folder, { recursive: true });
  }
}
