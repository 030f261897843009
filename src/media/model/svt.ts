import { align, sampleBytes } from "./pixels.ts";
import type { EncoderMemory, PictureShape, SvtSettings } from "./types.ts";

/** Motion and costs of a block of 64 x 64, in each picture whose motion is known. */
const MOTION_BLOCK_BYTES = 1851;
/** Statistics of a block of 64 x 64, in each picture that waits. */
const WAITING_BLOCK_BYTES = 335;
/** Slots of references that AV1 has. */
const SLOTS = 8;
/** Pictures of a forecast of what others take from each block: the slots and one more, luma only. */
const FORECAST_PICTURES = SLOTS + 1;
/** References among the pictures of a mini-group, and a key frame that comes late (get_num_refs_in_one_mg + 1). */
const GROUP_REFERENCES = { 2: 3, 3: 5, 4: 9 } as const;
/** Queues, tables and search state that do not depend on the picture, with one processor and with two; measured. */
const STATE_BYTES = { 1: 10_500_000, 2: 16_500_000 } as const;

/** Per pixel of a picture that waits, with slow presets; measured. */
const SLOW_WAITING_BYTES = 0.31;
/** More of it with 10 bits. */
const DEEP_STATE_BYTES = 3_000_000;

/**
 * SVT-AV1's memory: the pools it makes when it starts (1.4, EbEncHandle.c, load_default_buffer_configuration_settings), their blocks
 * checked against a live count of them. What the coding of a picture takes beside them was measured, one setting at a time.
 */
export function svtMemory(picture: PictureShape, settings: SvtSettings): EncoderMemory {
  const width = align(picture.width, 8);
  const height = align(picture.height, 8);
  const isDeep = sampleBytes(picture.bitDepth) > 1;
  const blocks = Math.ceil(width / 64) * Math.ceil(height / 64);
  const group = 2 ** settings.hierarchicalLevels;
  const ahead = settings.lookahead * (group + 1);
  const luma = plane(width, height, 72);
  const waiting = { count: group + 1 + ahead + 3, bytes: 2 * plane(width / 2, height / 2, 36) + blocks * WAITING_BLOCK_BYTES };
  const analysed = { count: group + ahead + 3 + SLOTS, bytes: luma + plane(width / 2, height / 2, 32) + plane(width / 4, height / 4, 16) };
  const searched = { count: group + ahead + 1, bytes: blocks * MOTION_BLOCK_BYTES };
  const stateBytes = STATE_BYTES[settings.lp] + (isDeep ? DEEP_STATE_BYTES : 0);
  const kept = (isDeep ? lowBitBytes(settings) : 0) + (settings.speed > 8 ? 0 : SLOW_WAITING_BYTES);
  return {
    inputFrames: waiting.count,
    inputFrameBytes: waiting.bytes + (analysed.count * analysed.bytes + searched.count * searched.bytes) / waiting.count + kept * luma,
    codedFrames: referenceCount(settings),
    codedFrameBytes: plane(width, height, 96) * 1.5 * (isDeep ? 2 : 1),
    threadBytes: FORECAST_PICTURES * plane(width, height, 32) + stateBytes + width * height * codingBytes(settings, isDeep),
  };
}

/** Of one plane with a border on each side. */
function plane(width: number, height: number, border: number): number {
  return (width + 2 * border) * (height + 2 * border);
}

/** Per pixel of luma: the two low bits of each sample, packed in the fastest presets, a byte in the others. */
function lowBitBytes({ speed }: SvtSettings): number {
  return speed > 11 ? 0.375 : 1.5;
}

/** In the order of decoding one picture takes the place of another; with two processors a whole mini-group may be on its way. */
function referenceCount({ lp, lookahead, hierarchicalLevels }: SvtSettings): number {
  return lp === 1 ? SLOTS + 1 : SLOTS + GROUP_REFERENCES[hierarchicalLevels] * (1 + lookahead);
}

/** Per pixel: coefficients, modes and filters of one picture, or of two and their processes; slower presets try more at once. */
function codingBytes({ lp, speed }: SvtSettings, isDeep: boolean): number {
  const [base, more] = lp === 1 ? [5, [0, 9, 12.5, 20]] : [10, [0, 26, 42, 68]];
  const tried = more[speed > 11 ? 0 : speed > 9 ? 1 : speed > 7 ? 2 : 3] ?? 0;
  return base + tried + (isDeep ? (lp === 1 ? 10 : 13) : 0);
}
