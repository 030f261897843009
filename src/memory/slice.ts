/**
 * The `length` bytes at `offset` as a view, or undefined unless all of them exist. `subarray` alone would clamp, and a
 * parser would read a short field as a whole one.
 */
export function safeSlice(bytes: Uint8Array, offset: number, length: number): Uint8Array | undefined {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return undefined;
  if (offset < 0 || length < 0 || offset + length > bytes.length) return undefined;
  return bytes.subarray(offset, offset + length);
}

/** `index` if it is an integer in [0, length), else undefined. */
export function checkedIndex(index: number, length: number): number | undefined {
  return Number.isSafeInteger(index) && index >= 0 && index < length ? index : undefined;
}
