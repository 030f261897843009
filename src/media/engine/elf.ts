/** Whether a program brings everything with it. Source: elf(5). */
import { open } from "node:fs/promises";

const ELF_MAGIC = 0x7f454c46;
const ELF_CLASS_64 = 2;
const PROGRAM_HEADER_BYTES = 56;
const PT_INTERP = 3;
/** Program headers follow the ELF header directly in every Linux program. */
const HEAD_BYTES = 4096;

/** True for a 64-bit ELF program that names no dynamic loader. Scripts, unreadable files and anything else count as not static. */
export async function isStaticProgram(path: string): Promise<boolean> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return false;
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return hasNoLoader(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function hasNoLoader(head: Buffer): boolean {
  if (head.length < 64 || head.readUInt32BE(0) !== ELF_MAGIC || head[4] !== ELF_CLASS_64) return false;
  const offset = Number(head.readBigUInt64LE(32));
  const count = head.readUInt16LE(56);
  for (let at = 0; at < count; at++) {
    const start = offset + at * PROGRAM_HEADER_BYTES;
    if (start + 4 > head.length) return false;
    if (head.readUInt32LE(start) === PT_INTERP) return false;
  }
  return true;
}
