import { type Budget, MappedFileSegment, MemoryHandle } from "../memory/index.ts";
import { kernels } from "./kernels.ts";

/** Bytes hashed at once; each step's pages are given back before the next is touched. */
const STEP_BYTES = 1024 * 1024;

/** XXH64 over the XXH64 of each mebibyte of a file of ours: enough to notice that it changed. 16 hex digits. */
export function hashFile(budget: Budget, path: string): string {
  using file = MappedFileSegment.openReadonly(budget, "io.hash", path);
  const digests: string[] = [];
  for (let offset = 0; offset < file.byteLength; offset += STEP_BYTES) {
    const step = new MemoryHandle(file, offset, Math.min(STEP_BYTES, file.byteLength - offset));
    digests.push(kernels.hashBytes(step.bytes()));
    file.advise("dont-need", offset, step.length);
  }
  return kernels.hashBytes(new TextEncoder().encode(digests.join("")));
}
