import type { ContentLight, MasteringDisplay, StreamFeature } from "../bitstream/index.ts";

/** Random access to the bytes of an input. */
export type ByteInput = {
  readonly byteLength: number;
  /** A view of 1 to 65,536 bytes inside the input, valid until the next call. */
  read(offset: number, length: number): Uint8Array;
};

export type Rational = { readonly num: number; readonly den: number };

export type ContainerName = "mp4" | "mov" | "matroska" | "webm" | "mpegts" | "avi" | "other";

/** What a file contains, in the numbers ffmpeg uses for it. */
export type MediaIndex = {
  readonly path: string;
  readonly container: ContainerName;
  /** Name of the demuxer as ffmpeg's -format_whitelist wants it: "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts". */
  readonly demuxer: string;
  readonly byteLength: number;
  /**
   * True when `-seek_timestamp 1 -ss` to each of `video.keySeekTicks` shows every frame from there on, as seen for the container and
   * codec with ffmpeg 4.1 and 5.1. Else the video is to be decoded from its beginning.
   */
  readonly canSeek: boolean;
  /** Who said when frames are shown: the sample tables, ffmpeg's packets, or ffmpeg's decoder where packets leave it open. */
  readonly indexedBy: "tables" | "ffmpeg" | "decoding";
  /** The file's start time in microseconds as ffmpeg has it, which it takes off every time stamp unless told -copyts. */
  readonly startMicroseconds: number | undefined;
  /** The track to transcode: the one asked for, else the first video stream that is not a picture attached to the file. */
  readonly video: VideoTrack;
  /** Stream indexes of video beside `video`, attached pictures not counted. */
  readonly otherVideoStreams: readonly number[];
  /** Stream indexes of attached pictures (cover art). */
  readonly attachedPictures: readonly number[];
  readonly audio: readonly AudioTrack[];
  readonly subtitles: readonly SubtitleTrack[];
  readonly data: readonly DataTrack[];
  readonly chapters: readonly Chapter[];
  /** Keys of the file's own metadata ("title", "creation_time"), lower case, sorted. */
  readonly metadataKeys: readonly string[];
  /** Language and tags of each stream, by stream index. */
  readonly words: readonly StreamWords[];
};

/** In seconds of the file's own time stamps. */
export type Chapter = { readonly startSeconds: number; readonly endSeconds: number };

type StreamWords = {
  /** "eng"; undefined when the file does not say. */
  readonly language: string | undefined;
  /** Keys in lower case: "title", "timecode", "handler_name". */
  readonly tags: ReadonlyMap<string, string>;
};

/** Which of the two fields of a frame is the earlier; "interlaced": fields, and nothing says which. */
export type FieldOrder = "progressive" | "tff" | "bff" | "interlaced" | "unknown";

/** Colour tags in ffmpeg's words; absent when the stream does not say. */
export type ColorTags = {
  readonly range?: "tv" | "pc";
  readonly primaries?: string;
  readonly transfer?: string;
  readonly matrix?: string;
  /** Chroma sample location: "left", "topleft", .... */
  readonly chromaLocation?: string;
};

/** What an encoder would lose. */
export type SideDataName = StreamFeature | "spherical video";

export type VideoTrack = {
  /** n in ffmpeg's stream specifier `0:v:n`, which counts attached pictures too. */
  readonly videoIndex: number;
  readonly streamIndex: number;
  /** ffmpeg's decoder id: "h264", "hevc", "vp9", "av1", "mpeg2video", .... */
  readonly codec: string;
  /** profile_idc and level of the SPS, for H.264 and H.265. */
  readonly profile?: number;
  readonly level?: number;
  /** The frame as ffmpeg decodes it with -noautorotate: cropped, before rotation and before SAR. */
  readonly width: number;
  readonly height: number;
  /** Sample aspect ratio; 0/1 when the file does not say. */
  readonly sar: Rational;
  /** Degrees clockwise a player turns the frame before showing it. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** The player mirrors the frame left to right, before it turns it. */
  readonly isMirrored: boolean;
  readonly bitDepth: number;
  readonly chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4" | "unknown";
  /** ffmpeg's name: "yuv420p10le", "yuvj420p". */
  readonly pixelFormat: string;
  readonly color: ColorTags;
  readonly fieldOrder: FieldOrder;
  /** Seconds of one tick: the time base ffmpeg gives the stream. */
  readonly timeBase: Rational;
  /** Presentation ticks of the frames ffmpeg shows with -copyts, ascending. Frames that an edit list hides are not here. */
  readonly ticks: Float64Array;
  /** Duration of the last frame in ticks; 0 when nothing says. */
  readonly lastDurationTicks: number;
  /** Indexes into `ticks` of frames whose packet is a sync packet, ascending. Where packets carry no time, not all of them. */
  readonly keyframes: Uint32Array;
  /** Presentation ticks of all sync packets, shown or hidden, ascending: the times `-seek_timestamp 1 -ss` can land on. */
  readonly keySeekTicks: Float64Array;
  /** Pictures a decoder must hold, from the SPS; the codec's maximum when the stream does not say. */
  readonly dpbFrames: number;
  readonly refFrames: number;
  /** Frames a decoder may show later than it decodes them; 0 = no B-frames. */
  readonly reorderFrames: number;
  /** Nominal rate, from 1/3600 to 1000: the median frame spacing, snapped to n/1 or n*1000/1001 where that fits the ticks. */
  readonly frameRate: Rational;
  /** True when spacings differ by more than the rounding of the time base explains. */
  readonly isVariableRate: boolean;
  /** What an encoder would lose: to be kept or refused by name. From the headers and the first packets. */
  readonly sideData: readonly SideDataName[];
  readonly masteringDisplay?: MasteringDisplay;
  readonly contentLight?: ContentLight;
};

export type AudioTrack = {
  readonly streamIndex: number;
  /** n in `0:a:n`. */
  readonly audioIndex: number;
  /** ffmpeg's decoder id: "aac", "ac3", "opus", "pcm_s16le". */
  readonly codec: string;
  /** At most 768,000; 0 when the track is announced and nothing in it says. */
  readonly sampleRate: number;
  readonly channels: number;
  /** ffmpeg's name: "stereo", "5.1(side)", "6 channels"; "" when it does not say. */
  readonly layout: string;
  readonly timeBase: Rational;
  /** Presentation tick of the first sound: where the edit list begins in MP4, else the first packet that is not hidden. */
  readonly startTicks: number;
};

export type SubtitleTrack = {
  readonly streamIndex: number;
  /** n in `0:s:n`. */
  readonly subtitleIndex: number;
  /** ffmpeg's id: "subrip", "ass", "mov_text", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle". */
  readonly codec: string;
  readonly isText: boolean;
};

/** Timecode, metadata, fonts: streams that are neither picture, sound nor subtitle. The text track MP4 keeps chapter titles in is left out. */
export type DataTrack = { readonly streamIndex: number; readonly codec: string; readonly kind: "data" | "attachment" };

/** What the proofs ask of a file that mm wrote. An index has all of it; of most MP4 and QuickTime files the boxes alone have, too. */
export type WrittenIndex = Pick<
  MediaIndex,
  "container" | "subtitles" | "data" | "attachedPictures" | "chapters" | "metadataKeys" | "words"
> & {
  readonly video: WrittenVideo;
  readonly audio: readonly WrittenSound[];
};

export type WrittenVideo = Pick<
  VideoTrack,
  | "streamIndex"
  | "codec"
  | "width"
  | "height"
  | "sar"
  | "rotation"
  | "isMirrored"
  | "pixelFormat"
  | "color"
  | "fieldOrder"
  | "timeBase"
  | "ticks"
  | "lastDurationTicks"
  | "reorderFrames"
  | "sideData"
  | "masteringDisplay"
  | "contentLight"
>;

export type WrittenSound = Pick<AudioTrack, "streamIndex" | "codec" | "sampleRate" | "channels" | "timeBase" | "startTicks">;
