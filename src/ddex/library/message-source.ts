/** What a program has of a message, as a file that can be read from any place. */
import { plainInput } from "../../io/index.ts";
import type { MemoryCore } from "../../memory/index.ts";

/** The XML itself, its bytes, or bytes as they come; a file is named by its path. */
export type MessageSource = string | Uint8Array | AsyncIterable<Uint8Array> | { readonly path: string };

export type SpooledMessage = {
  readonly path: string;
  /** As records name it. */
  readonly name: string;
  readonly byteLength: number;
} & AsyncDisposable;

const PIECE_CHARACTERS = 65_536;

/** @throws MmError as plainInput does, DiskLimitError */
export async function spooledMessage(source: MessageSource, core: MemoryCore, signal: AbortSignal): Promise<SpooledMessage> {
  if (typeof source === "object" && "path" in source) {
    const { budget, spill } = core;
    const { path } = source;
    const plain = await plainInput({ input: path, budget, spill, signal, onBytes: () => undefined });
    return { path: plain.path, name: path, byteLength: plain.byteLength, [Symbol.asyncDispose]: () => plain[Symbol.asyncDispose]() };
  }
  await using writer = core.spill.createRun("message", { isPlain: true });
  for await (const piece of piecesOf(source)) {
    signal.throwIfAborted();
    await writer.append(piece);
  }
  const run = await writer.finish();
  return { path: run.path, name: "message", byteLength: run.byteLength, [Symbol.asyncDispose]: () => run[Symbol.asyncDispose]() };
}

async function* piecesOf(source: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof source !== "string") {
    if (source instanceof Uint8Array) yield source;
    else yield* source;
    return;
  }
  let at = 0;
  while (at < source.length) {
    // The two halves of a character beyond U+FFFF stay together.
    const end = at + PIECE_CHARACTERS;
    const isHalf = (source.charCodeAt(end - 1) & 0xfc00) === 0xd800;
    const piece = source.slice(at, isHalf ? end - 1 : end);
    yield Buffer.from(piece);
    at += piece.length;
  }
}
