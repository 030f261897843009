import { type Budget, MappedInput } from "../memory/index.ts";
import { kernels } from "./kernels.ts";

/** Bytes hashed at once: small, because a read window is paid for from the budget. */
const STEP_BYTES = 1024 * 1024;

/** XXH64 over the XXH64 of each mebibyte of a file: enough to notice that a file of ours changed, 16 hex digits. */
export async function hashFile(budget: Budget, path: string): Promise<string> {
  using input = await MappedInput.open(budget, "io.hash", path, { windowCount: 1, windowBytes: STEP_BYTES });
  const digests: string[] = [];
  for (let offset = 0; offset < input.byteLength; offset += STEP_BYTES) {
    digests.push(kernels.hashBytes(input.read(offset, Math.min(STEP_BYTES, input.byteLength - offset))));
    input.dropBehind(offset);
  }
  return kernels.hashBytes(new TextEncoder().encode(digests.join("")));
}
