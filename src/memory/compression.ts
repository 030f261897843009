import { KIB } from "../base/index.ts";

/** How blocks that are parked or spilled are compressed. */
export type Compression = {
  /** The only one there is a codec for. */
  readonly algorithm: "lz4";
  /** 1 (fastest) to 9 (smallest). */
  readonly level: number;
  /** Blocks with fewer bytes stay as they are. */
  readonly thresholdBytes: number;
  /** On a native thread, so that this one goes on meanwhile. */
  readonly isAsync: boolean;
};

export const DEFAULT_COMPRESSION: Compression = { algorithm: "lz4", level: 3, thresholdBytes: 64 * KIB, isAsync: true };

/** Tables of the compressor at any level: kLz4ScratchBytes of native/core/lz4.h. */
export const LZ4_SCRATCH_BYTES = 256 * KIB;

/** @returns bytes a block has to come out at to be kept compressed: one 64th is not worth the way back */
export function worthwhileBytes(byteLength: number): number {
  return byteLength - Math.ceil(byteLength / 64);
}
