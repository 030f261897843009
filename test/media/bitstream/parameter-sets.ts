/** Sequence parameter sets as encoders wrote them, with what ffprobe says of the same streams. */
export type SpsExample = { readonly name: string; readonly bytes: Uint8Array; readonly expected: object };

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const square = { num: 1, den: 1 };

export const H264_EXAMPLES: readonly SpsExample[] = [
  {
    name: "High, 160x90 cropped from 160x96, 25 fps (x264)",
    bytes: hex("6764000bacd9428df93011000003000100000300320f142996"),
    expected: {
      profile: 100,
      level: 11,
      width: 160,
      height: 90,
      bitDepth: 8,
      chroma: "4:2:0",
      isProgressive: true,
      dpbFrames: 4,
      refFrames: 4,
      reorderFrames: 2,
      usability: { sar: square, frameRate: { num: 50, den: 2 } },
    },
  },
  {
    name: "interlaced 160x96, whose frames may be fields (x264 tff)",
    bytes: hex("67640015acd9429b6022000003000200000300643e28532c"),
    expected: { width: 160, height: 96, isProgressive: undefined, dpbFrames: 4, refFrames: 4, reorderFrames: 2 },
  },
  {
    name: "High 4:2:2 10 bit (x264)",
    bytes: hex("677a000bb6cd9428df9f011000000300100000030320f1429960"),
    expected: { profile: 122, width: 160, height: 90, bitDepth: 10, chroma: "4:2:2" },
  },
  {
    name: "High 4:4:4 (x264)",
    bytes: hex("67f4000b919b2851bf3e0220000003002000000641e28532c0"),
    expected: { profile: 244, width: 160, height: 90, bitDepth: 8, chroma: "4:4:4" },
  },
  {
    name: "sample aspect ratio 4:3 (x264)",
    bytes: hex("6764000bacd9428df930e1000003000100000300320f142996"),
    expected: { usability: { sar: { num: 4, den: 3 }, frameRate: { num: 50, den: 2 } } },
  },
  {
    name: "BT.2020 HLG, limited range (x264)",
    bytes: hex("6764000bacd9428df93016a12241280000030008000003019078a14cb0"),
    expected: {
      usability: { sar: square, isFullRange: false, color: { primaries: 9, transfer: 18, matrix: 9 }, frameRate: { num: 50, den: 2 } },
    },
  },
  {
    name: "no B-frames, one reference (x264)",
    bytes: hex("6764000bacb4146fc980880000030008000003019078a155"),
    expected: { dpbFrames: 1, refFrames: 1, reorderFrames: 0 },
  },
  {
    name: "1080p full range, chroma in the centre, extended aspect ratio code absent (x264)",
    bytes: hex("67640028acd940780227e5c05b810102d2800000030080000019078c18cb"),
    expected: {
      level: 40,
      width: 1920,
      height: 1080,
      usability: {
        sar: square,
        isFullRange: true,
        color: { primaries: 2, transfer: 2, matrix: 5 },
        chromaLocation: 1,
        frameRate: { num: 50, den: 2 },
      },
    },
  },
  {
    name: "aspect ratio 1280:1281 written out (x264)",
    bytes: hex("6764001eacd940d83de6fff050005016a02020280000030008000003019078b16cb0"),
    expected: { width: 854, height: 480 },
  },
  {
    name: "Baseline without a word about reordering: the level decides how many pictures are held (hardware encoder)",
    bytes: hex("6742801696540601bd3506060640000003004000000661"),
    expected: { profile: 66, level: 22, width: 768, height: 432, dpbFrames: 6, refFrames: 1, reorderFrames: 0 },
  },
];

export const HEVC_EXAMPLES: readonly SpsExample[] = [
  {
    name: "Main 10, 160x90, BT.2020 PQ (x265)",
    bytes: hex("42010102200000030090000003000003001ea0142061f236595952930bc05a848804820000030002000003003210"),
    expected: {
      profile: 2,
      level: 30,
      width: 160,
      height: 90,
      bitDepth: 10,
      chroma: "4:2:0",
      isProgressive: true,
      dpbFrames: 5,
      refFrames: 4,
      reorderFrames: 2,
      usability: {
        sar: square,
        isFullRange: false,
        color: { primaries: 9, transfer: 16, matrix: 9 },
        frameRate: { num: 25, den: 1 },
      },
    },
  },
  {
    name: "Main, open groups (x265)",
    bytes: hex("42010101600000030090000003000003001ea0142061f26595992930bc05a02000000300200000030321"),
    expected: { profile: 1, width: 160, height: 90, bitDepth: 8, dpbFrames: 5, reorderFrames: 2 },
  },
  {
    name: "Main 10, 1080p HLG, no reordering, source neither progressive nor interlaced (phone)",
    bytes: hex("42010102200000030000030000030000030099a003c0801107cada2d2bb04bb9a848904815c50a40"),
    expected: {
      level: 153,
      width: 1920,
      height: 1080,
      bitDepth: 10,
      isProgressive: undefined,
      dpbFrames: 2,
      reorderFrames: 0,
      usability: { isFullRange: false, color: { primaries: 9, transfer: 18, matrix: 9 } },
    },
  },
];
