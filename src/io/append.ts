/** Bytes behind others in a descriptor: a file, or a pipe whose reader is slow. */
import { fstatSync, ftruncateSync, read, write } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { errnoOf } from "../base/index.ts";

const SLOW_READER_MS = 5;
const readFrom = promisify(read);
const writeTo = promisify(write);

/** Whoever shares a pipe may have made it non-blocking: its reader is waited for. */
export async function appendBytes(fd: number, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    try {
      const { bytesWritten } = await writeTo(fd, bytes, written, bytes.length - written, null);
      written += bytesWritten;
    } catch (error) {
      if (errnoOf(error) !== "EAGAIN") throw error;
      await sleep(SLOW_READER_MS);
    }
    signal.throwIfAborted();
  }
}

/** A file from `start` on, through memory that is handed in. @returns bytes */
export async function appendFile(fd: number, source: number, start: number, memory: Uint8Array, signal: AbortSignal): Promise<number> {
  let position = start;
  for (;;) {
    const { bytesRead } = await readFrom(source, memory, 0, memory.length, position);
    if (bytesRead === 0) return position - start;
    await appendBytes(fd, memory.subarray(0, bytesRead), signal);
    position += bytesRead;
  }
}

/** Cuts the last bytes off a file that is written at its end. False for a pipe, which has given them away. */
export function dropLast(fd: number, byteLength: number): boolean {
  const stat = fstatSync(fd);
  if (!stat.isFile()) return false;
  ftruncateSync(fd, stat.size - byteLength);
  return true;
}
