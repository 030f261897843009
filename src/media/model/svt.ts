import { align, sampleBytes } from "./pixels.ts";
import type { EncoderMemory, PictureShape, SvtSettings } from "./types.ts";

/** Motion and costs of a block of 64 x 64 in one picture of the lookahead. */
const MOTION_BLOCK_BYTES = 1851;
/** Statistics of a block of 64 x 64 in one picture that waits. */
const WAITING_BLOCK_BYTES = 335;
/** What eight slots of references and their successor take. */
const REFERENCES = 9;
/** Queues, tables, contexts of a single thread; measured at 64 x 64. */
const STATE_BYTES = 6_000_000;

/** SVT-AV1's memory, from the pools it makes when it starts (1.4, EbEncHandle.c, load_default_buffer_configuration_settings). */
export function svtMemory(picture: PictureShape, settings: SvtSettings): EncoderMemory {
  const width = align(picture.width, 8);
  const height = align(picture.height, 8);
  const deep = sampleBytes(picture.bitDepth) - 1;
  const blocks = Math.ceil(width / 64) * Math.ceil(height / 64);
  const group = 2 ** settings.hierarchicalLevels;
  const ahead = (group + 1) * (settings.lookahead + extraGroups(settings.lp));
  const inputs = group + 1 + ahead + 3;
  const analysed = group + ahead + 11;
  const searched = group + ahead + 1;
  const children = codedAtOnce(settings.lp, group);
  const chroma = 2 * plane(width / 2, height / 2, 36);
  const low = deep * (plane(width, height, 72) / 4) * 1.5;
  const analysedBytes = plane(width, height, 72) + plane(width / 2, height / 2, 32) + plane(width / 4, height / 4, 16);
  return {
    inputFrames: inputs,
    inputFrameBytes:
      chroma + low + blocks * WAITING_BLOCK_BYTES + (analysed * analysedBytes + searched * blocks * MOTION_BLOCK_BYTES) / inputs,
    codedFrames: REFERENCES + children,
    codedFrameBytes: plane(width, height, 96) * 1.5 * (1 + deep),
    threadBytes: REFERENCES * plane(width, height, 32) + STATE_BYTES + width * height * 15 * (settings.lp > 1 ? 2 : 1) * 2,
  };
}

/** Of one plane with a border on each side. */
function plane(width: number, height: number, border: number): number {
  return (width + 2 * border) * (height + 2 * border);
}

function extraGroups(lp: number): number {
  if (lp >= 16) return 3;
  if (lp >= 8) return 2;
  return lp >= 4 ? 1 : 0;
}

function codedAtOnce(lp: number, group: number): number {
  const most = lp === 1 ? 1 : lp === 2 ? 2 : lp === 3 ? 6 : 16;
  return Math.min(most, Math.max(1, (group / 2) * (extraGroups(lp) + 1)));
}
