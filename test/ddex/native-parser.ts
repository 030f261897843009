/** The native parser over messages in temporary files. */
import { once } from "node:events";
import { closeSync, createWriteStream, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binding } from "../../src/binding/index.ts";
import type { ParseOutcome, ParseRequest } from "../../src/binding/parse-types.ts";
import { parserTables } from "../../src/ddex/parser-tables.ts";

export type Message = { readonly name: string; readonly bytes: Uint8Array };
export type Options = Partial<Omit<ParseRequest, "inputs">> & {
  readonly fields?: readonly string[];
  readonly memoryBytes?: number;
};
export type Parsed = { readonly outcomes: readonly ParseOutcome[]; readonly text: string };

const USUAL: Omit<ParseRequest, "inputs"> = {
  mode: "joined",
  diskLimitBytes: 2 ** 40,
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
  return await withParser(options, async ({ parse, open, folder }) => {
    const fds = messages.map(({ bytes }, at) => {
      writeFileSync(join(folder, `in${at}`), bytes);
      return open(`in${at}`, "r");
    });
    return await parse(messages.map(({ name }, at) => ({ name, fd: fds[at] as number })));
  });
}

/** Records of a message that comes through a pipe, so many bytes at once. */
export async function parsePiped({ name, bytes }: Message, pieceBytes: number): Promise<Parsed> {
  return await withParser({ mode: "records" }, async ({ parse }) => {
    const { readFd, writeFd } = binding.pipe(4096);
    const parsed = parse([{ name, fd: readFd }]);
    const pipe = createWriteStream("", { fd: writeFd });
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      if (!pipe.write(bytes.subarray(at, at + pieceBytes))) await once(pipe, "drain");
    }
    pipe.end();
    try {
      return await parsed;
    } finally {
      closeSync(readFd);
    }
  });
}

export type Given = {
  /** @param outputFd - none: a file, which is read afterwards */
  readonly parse: (inputs: readonly { readonly name: string; readonly fd: number }[], outputFd?: number) => Promise<Parsed>;
  readonly cancel: () => void;
  readonly open: (name: string, flags: string) => number;
  readonly folder: string;
};

export async function withParser(options: Options, action: (given: Given) => Promise<Parsed>): Promise<Parsed> {
  const { fields = [], memoryBytes = MEMORY_BYTES, ...own } = options;
  const folder = mkdtempSync(join(tmpdir(), "mm-parser-"));
  const fds: number[] = [];
  const open = (name: string, flags: string) => {
    const fd = openSync(join(folder, name), flags);
    fds.push(fd);
    return fd;
  };
  const segment = binding.segmentAnonymous(memoryBytes, "base");
  const files = [open("runs", "w+"), open("table", "w+")];
  const parser = binding.messageParser(segment, { ...parserTables(own.mode ?? USUAL.mode, fields), files });
  const output = open("output", "w+");
  try {
    return await action({
      parse: async (messages, outputFd = output) => {
        const inputs = messages.map(({ name, fd }, at) => ({ name, fd, outputFd: at === 0 ? outputFd : -1 }));
        const outcomes = await parser.parse({ ...USUAL, ...own, inputs });
        return { outcomes, text: readFileSync(join(folder, "output"), "utf8") };
      },
      cancel: () => parser.cancel(),
      open,
      folder,
    });
  } finally {
    parser.close();
    segment.close();
    for (const fd of fds) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}
