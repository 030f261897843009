/** What stands in front of the blocks of zstd data: RFC 8878, 3.1.1.1 and 3.1.2. */

export type FrameHead = {
  /** A match reaches back so far at most. */
  readonly windowBytes: number;
  /** Of the plain bytes; undefined where it is not said. */
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
  readonly needsDictionary: boolean;
};

export const MAGIC_BYTES = 4;
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Magic number, descriptor, window, dictionary, content size. */
export const LONGEST_HEAD_BYTES = 18;

export function isZstd(magic: number): boolean {
  return magic === MAGIC;
}

/** Any of 16, for what is not zstd's: its length follows in four bytes. */
export function isSkippable(magic: number): boolean {
  return (magic & ~15) >>> 0 === SKIPPABLE_MAGIC;
}

/**
 * @param bytes - from the magic number on, as many as there are
 * @returns the head and its length; undefined for one that is cut or that no frame has
 */
export function readFrameHead(bytes: Uint8Array): { readonly head: FrameHead; readonly byteLength: number } | undefined {
  const descriptor = bytes[MAGIC_BYTES];
  if (descriptor === undefined || (descriptor & 8) !== 0) return undefined;
  const isSingleSegment = (descriptor & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryAt = MAGIC_BYTES + (isSingleSegment ? 1 : 2);
  const sizeAt = dictionaryAt + dictionaryBytes;
  const byteLength = sizeAt + sizeBytes;
  if (byteLength > bytes.length) return undefined;
  const contentBytes = sizeBytes === 0 ? undefined : littleEndian(bytes.subarray(sizeAt, byteLength)) + (sizeBytes === 2 ? 256 : 0);
  const head = {
    windowBytes: isSingleSegment ? (contentBytes ?? 0) : windowOf(bytes[MAGIC_BYTES + 1] ?? 0),
    contentBytes,
    hasChecksum: (descriptor & 4) !== 0,
    needsDictionary: littleEndian(bytes.subarray(dictionaryAt, sizeAt)) !== 0,
  };
  return { head, byteLength };
}

/** Exponent and eighths. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Above 2^53 it is not exact, which is above any disk. */
export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
