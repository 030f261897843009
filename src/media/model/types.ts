/** Shapes of the memory model: what one ffmpeg child is asked to do, in the terms that decide its memory. */

export type Chroma = "4:2:0" | "4:2:2" | "4:4:4";

/** Version and linkage of an ffmpeg binary: a static one shares no library text and carries its own codecs. */
export type EngineVersion = { readonly major: number; readonly minor: number; readonly isStatic: boolean };

/** One picture as a codec sees it: bitDepth is 8, 10 or 12 bits per sample. */
export type PictureShape = {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly chroma: Chroma;
};

/** Codecs with a model of their decoder, by ffmpeg's names; AV1 by its two decoders. The rest is "other", an estimate. */
export type SourceCodec =
  | "h264"
  | "hevc"
  | "vp8"
  | "vp9"
  | "av1"
  | "av1-libaom"
  | "mpeg2video"
  | "mpeg4"
  | "mjpeg"
  | "prores"
  | "ffv1"
  | "rawvideo"
  | "other";

/** The decoder ffmpeg takes of itself. */
export type DecoderShape = PictureShape & {
  readonly codec: SourceCodec;
  /** Pictures the stream may hold decoded at once (H.264 max_dec_frame_buffering, HEVC sps_max_dec_pic_buffering, VP9 and AV1 8). */
  readonly dpbFrames: number;
  /** Frame threads (-threads before -i). */
  readonly threads: number;
  /** Mean bytes of a coded picture; small ones do not matter. */
  readonly packetBytes?: number;
  /** Bytes of the file read ahead to learn what the streams are; none in MP4 and MOV. */
  readonly readAheadBytes?: number;
  /** HEVC: sides of the largest and smallest coding block, from the SPS. Without them 32 and 8, as cameras write. */
  readonly codingBlocks?: { readonly largest: number; readonly smallest: number };
};

/** ffmpeg's names of the encoders there is a model of. */
export type EncoderName = "libx264" | "libx265" | "libvpx-vp9" | "libsvtav1" | "libaom-av1";

/** Frames per second as a fraction. */
type FrameRate = { readonly num: number; readonly den: number };

export const X264_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"] as const;
export type X264Preset = (typeof X264_PRESETS)[number];
export type X265Preset = X264Preset;
/** The same words for every encoder. */
export type EncoderPreset = X264Preset;

/** Every libx264 parameter its memory depends on, explicit. */
export type X264Settings = {
  readonly preset: X264Preset;
  /** Threads; with slicedThreads they share one picture, without each holds a picture of its own. */
  readonly threads: number;
  readonly slicedThreads: boolean;
  readonly lookaheadThreads: number;
  /** 0: frame threads look ahead themselves. Else x264 gives the lookahead a thread, and bframes + 1 pictures in front of it. */
  readonly syncLookahead?: 0;
  /** rc-lookahead in frames; 0 switches macroblock tree off. */
  readonly lookahead: number;
  readonly bframes: number;
  readonly bAdapt: 0 | 1 | 2;
  readonly refs: number;
  readonly weightp: 0 | 1 | 2;
  /** Longest distance between keyframes, in frames; lookahead never reaches beyond it. */
  readonly keyint: number;
  /** Fields: reference pictures are kept as frames and as pairs of fields. */
  readonly interlaced?: true;
  /** Without it ffmpeg 4 takes the time base for the rate: x264 then signs the highest level and fills 18 MB of motion cost tables. */
  readonly frameRate?: FrameRate;
};

/** Every libx265 parameter its memory depends on, explicit. */
export type X265Settings = {
  readonly preset: X265Preset;
  /** Threads of the one worker pool. */
  readonly pools: number;
  readonly frameThreads: number;
  readonly lookahead: number;
  readonly lookaheadSlices: number;
  readonly bframes: number;
  readonly bAdapt: 0 | 1 | 2;
  readonly refs: number;
  /** Weighted prediction of P pictures: each reference may need a second, weighted copy. */
  readonly weightp: 0 | 1;
  /** Side of the largest coding unit: 16, 32 or 64 luma samples. */
  readonly ctu: 16 | 32 | 64;
  readonly keyint: number;
  readonly frameRate?: FrameRate;
};

/** Every libvpx-vp9 parameter its memory depends on, explicit. Its deadline is "good", its threads share rows. */
export type Vp9Settings = {
  readonly preset: EncoderPreset;
  /** -cpu-used, 0 (slowest) to 5. */
  readonly cpuUsed: number;
  /** At least two: libvpx gives a lone thread a shortcut that changes packets (vp9_speed_features.c, adaptive_rd_thresh). */
  readonly threads: number;
  /** -lag-in-frames, at most 25: pictures held back for alternate references, which only a second pass makes. */
  readonly lag: number;
  /** Most columns of tiles, as a power of two. libvpx makes none narrower than 256 samples. */
  readonly tileColumns: number;
};

/** Every libsvtav1 parameter its memory depends on, explicit. */
export type SvtSettings = {
  readonly preset: EncoderPreset;
  /** SVT-AV1's own preset, 0 (slowest) to 12. */
  readonly speed: number;
  /** Logical processors it may count on: pictures coded at once and threads follow from it, packets do not. */
  readonly lp: 1 | 2;
  /** Mini-groups looked at beyond the one being coded. */
  readonly lookahead: 0 | 1;
  /** A mini-group is 2 to the power of this many pictures. */
  readonly hierarchicalLevels: 2 | 3 | 4;
};

/** Every libaom-av1 parameter its memory depends on, explicit. Its usage is "good", its threads share rows. */
export type AomSettings = {
  readonly preset: EncoderPreset;
  /** -cpu-used, 0 (slowest) to 8. */
  readonly cpuUsed: number;
  /** At least two: a lone thread makes other packets. */
  readonly threads: number;
  /** -lag-in-frames: pictures looked at ahead of the one being coded. */
  readonly lag: number;
};

/** Of an encoder mm has no model of: nothing is lowered, and its memory is an estimate. */
export type OtherSettings = {
  /** ffmpeg's name of it. */
  readonly encoder: string;
  /** ffmpeg's id of the codec it makes. */
  readonly makes: string;
  readonly threads: number;
};

export type H264EncoderSettings = { readonly codec: "h264" } & X264Settings;
export type HevcEncoderSettings = { readonly codec: "hevc" } & X265Settings;
export type Vp9EncoderSettings = { readonly codec: "vp9" } & Vp9Settings;
export type SvtEncoderSettings = { readonly codec: "av1"; readonly encoder: "libsvtav1" } & SvtSettings;
export type AomEncoderSettings = { readonly codec: "av1"; readonly encoder: "libaom-av1" } & AomSettings;
export type OtherEncoderSettings = { readonly codec: "other" } & OtherSettings;
/** Of the encoders mm has a model of. */
export type ModelledSettings = H264EncoderSettings | HevcEncoderSettings | Vp9EncoderSettings | SvtEncoderSettings | AomEncoderSettings;
export type EncoderSettings = ModelledSettings | OtherEncoderSettings;

/** One fused lane: one ffmpeg that decodes a chunk and encodes it. The picture fields are those of the encode. */
export type LaneShape = PictureShape & {
  readonly engine: EngineVersion;
  readonly decoder: DecoderShape;
  readonly encoder: EncoderSettings;
  /** VP9 codes alpha as a second picture, with an encoder of its own; decoders of VP9 do alike. */
  readonly hasAlpha?: boolean;
  /** Below 23 coded pictures may be large. */
  readonly crf?: number;
  /** Frames in the chunk: fewer than the encoder's pipeline is deep fill less of it. */
  readonly frames: number;
  /** Raw frames of the encoded size that filters hold. */
  readonly filterFrames?: number;
  /** Samples of all tracks of an MP4 or MOV input: every child that opens it holds an index of them. 0 when absent. */
  readonly inputSamples?: number;
};

/** What an encoder holds. */
export type EncoderMemory = {
  /** Source pictures, waiting or being looked at. */
  readonly inputFrames: number;
  readonly inputFrameBytes: number;
  /** Reconstructed pictures: references, and those being coded. */
  readonly codedFrames: number;
  readonly codedFrameBytes: number;
  /** All that is not a picture: blocks, tokens, state of each thread. */
  readonly threadBytes: number;
};

type LaneTag = "lane.base" | "lane.decoder" | "lane.encoder" | "lane.queues" | "lane.join";

export type LaneLine = { readonly tag: LaneTag; readonly bytes: number; readonly because: string };

/** Forecast of the highest RssAnon + VmSwap of the child. */
export type LaneForecast = {
  readonly totalBytes: number;
  readonly lines: readonly LaneLine[];
  /** What the encoder holds is an estimate. */
  readonly isEstimated: boolean;
};
