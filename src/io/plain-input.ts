/** An input as a regular file of plain bytes: what is compressed, or comes from a pipe, is unpacked into spill under its cap. */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { errnoOf, IoError, MalformedInputError, UnsupportedError, UsageError } from "../base/index.ts";
import { type Budget, fileError, type Spill } from "../memory/index.ts";
import { spoolStandardInput } from "./spool.ts";
import { unzstd } from "./unzstd.ts";

export type PlainInput = {
  readonly path: string;
  readonly byteLength: number;
  /** How the input was packed; undefined for plain bytes. */
  readonly packing: Packing | undefined;
  /** The bytes are a copy in spill. */
  readonly isSpooled: boolean;
} & AsyncDisposable;

type Packing = "gzip" | "zstd";

export type PlainInputRequest = {
  /** A path, or "-" for standard input. */
  readonly input: string;
  readonly budget: Budget;
  readonly spill: Spill;
  readonly signal: AbortSignal;
  /** Called with the plain bytes spooled so far. */
  readonly onBytes: (bytes: number) => void;
};

/** @throws InputMissingError, PermissionError, MalformedInputError for damaged packing, UnsupportedError for other packings, DiskLimitError */
export async function plainInput(request: PlainInputRequest): Promise<PlainInput> {
  if (request.input !== "-") return await unpacked(request, request.input, request.input, undefined);
  const run = await spoolStandardInput(request.budget, request.spill, request.signal, request.onBytes);
  try {
    await run.verify();
    return await unpacked(request, run.path, "standard input", run);
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

async function unpacked(request: PlainInputRequest, path: string, name: string, spooled: AsyncDisposable | undefined): Promise<PlainInput> {
  const packing = packingOf(path, name);
  if (packing === undefined) {
    return {
      path,
      byteLength: statSync(path).size,
      packing,
      isSpooled: spooled !== undefined,
      [Symbol.asyncDispose]: async () => await spooled?.[Symbol.asyncDispose](),
    };
  }
  const run = await unpack(request, path, name, packing);
  await spooled?.[Symbol.asyncDispose]();
  return { path: run.path, byteLength: run.byteLength, packing, isSpooled: true, [Symbol.asyncDispose]: () => run[Symbol.asyncDispose]() };
}

/** Magic numbers: RFC 1952, RFC 8878, the .xz file format 1.1, bzip2. */
const PACKINGS: readonly { readonly magic: readonly number[]; readonly packing: Packing | { readonly tool: string } }[] = [
  { magic: [0x1f, 0x8b], packing: "gzip" },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], packing: "zstd" },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], packing: { tool: "xz" } },
  { magic: [0x42, 0x5a, 0x68], packing: { tool: "bzip2" } },
];

function packingOf(path: string, name: string): Packing | undefined {
  const head = firstBytes(path, name);
  const found = PACKINGS.find(({ magic }) => magic.every((byte, at) => head[at] === byte))?.packing;
  if (found === undefined || typeof found === "string") return found;
  throw new UnsupportedError(`${name} is packed with ${found.tool}`, {
    hint: `${found.tool} -dc <file>, piped into mm with - in place of the file`,
  });
}

function firstBytes(path: string, name: string): Uint8Array {
  const head = new Uint8Array(6);
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === "EISDIR") throw new UsageError(`${name} is a folder`, { hint: "name a file" });
    if (errno === "ESPIPE") throw new UsageError(`${name} is a pipe`, { hint: `- in place of the file, and < ${name} behind it` });
    throw fileError(cause, "read", path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function unpack({ spill, signal, onBytes }: PlainInputRequest, path: string, name: string, packing: Packing) {
  await using writer = spill.createRun("input", { isPlain: true });
  const packed = createReadStream(path, { signal });
  const plain: Readable = packing === "gzip" ? packed.pipe(createGunzip()) : unzstd(packed);
  packed.once("error", (error) => plain.destroy(error));
  try {
    for await (const chunk of plain as AsyncIterable<Uint8Array>) {
      await writer.append(chunk);
      onBytes(writer.byteLength);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw unpackFailure(cause, name, packing, writer.byteLength);
  }
  return await writer.finish();
}

/** zlib's codes, and what the zstd decoder says. */
function unpackFailure(cause: unknown, name: string, packing: Packing, bytes: number): unknown {
  const errno = errnoOf(cause) ?? "";
  if (/^Z_|^ZSTD_|^ERR_ZSTD/.test(errno) || (cause instanceof Error && cause.name === "ZstdError")) {
    return new MalformedInputError(`${name} is damaged or cut short: its ${packing} data ends after ${bytes} bytes`, {
      cause,
      details: { byte: bytes },
      hint: packing === "gzip" ? "gzip -t <file>" : "zstd -t <file>",
    });
  }
  return errno === "EIO" ? new IoError(`cannot read ${name}`, { cause, hint: "check the disk" }) : cause;
}
