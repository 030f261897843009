/** An input as a regular file of plain bytes: what is compressed, or comes from a pipe, is unpacked into spill under its cap. */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
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
  // A frame to be skipped, which pzstd begins with.
  ...Array.from({ length: 16 }, (_, at) => ({ magic: [0x50 + at, 0x2a, 0x4d, 0x18], packing: "zstd" as const })),
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

async function unpack({ budget, spill, signal, onBytes }: PlainInputRequest, path: string, name: string, packing: Packing) {
  await using writer = spill.createRun("input", { isPlain: true });
  const plain: AsyncIterable<Uint8Array> = packing === "gzip" ? gunzip(path, name, signal) : unzstd({ path, name, budget });
  try {
    for await (const chunk of plain) {
      signal.throwIfAborted();
      await writer.append(chunk);
      onBytes(writer.byteLength);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw unpackFailure(cause, name);
  }
  return await writer.finish();
}

async function* gunzip(path: string, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const packed = createReadStream(path, { signal });
  const plain = packed.pipe(createGunzip());
  packed.once("error", (error) => plain.destroy(error));
  yield* plain;
  await checkPadding(path, name, plain.bytesWritten, signal);
}

/** zlib ends at the first zero behind a member: what follows may be padding, as tapes have it, but nothing that would be left out. */
async function checkPadding(path: string, name: string, start: number, signal: AbortSignal): Promise<void> {
  for await (const chunk of createReadStream(path, { start, signal }) as AsyncIterable<Uint8Array>) {
    if (chunk.every((byte) => byte === 0)) continue;
    throw new MalformedInputError(`${name} has more than zeros behind byte ${start}, where its gzip data ends`, {
      details: { byte: start },
      hint: "gzip -t <file>",
    });
  }
}

function unpackFailure(cause: unknown, name: string): unknown {
  const errno = errnoOf(cause) ?? "";
  if (cause instanceof Error && errno.startsWith("Z_")) {
    // How far it could be read nobody tells: zlib fails before it gives the last of what is whole.
    return new MalformedInputError(`${name} is damaged or cut short: zlib says "${cause.message}"`, { cause, hint: "gzip -t <file>" });
  }
  return errno === "EIO" ? new IoError(`cannot read ${name}`, { cause, hint: "check the disk" }) : cause;
}
