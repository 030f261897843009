/** What a sequence parameter set says, the same for H.264 and H.265. */
export type SequenceParameters = {
  readonly profile: number;
  /** Ten times the level for H.264 (41 = 4.1), thirty times for H.265 (123 = 4.1). */
  readonly level: number;
  /** The picture after cropping. */
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly chroma: Chroma;
  /** True when every picture is a whole frame; undefined when the stream leaves it open. */
  readonly isProgressive: boolean | undefined;
  /** Pictures a decoder must be able to hold. */
  readonly dpbFrames: number;
  readonly refFrames: number;
  /** Pictures that may precede a picture in decoding order and follow it in output order. */
  readonly reorderFrames: number;
  readonly usability: Usability;
  /** How H.264 pictures tell that they are fields; absent where they cannot be. */
  readonly fieldSyntax?: FieldSyntax;
};

/** Lengths needed to find the field flags in slices and picture timing messages of H.264. */
export type FieldSyntax = {
  readonly frameNumberBits: number;
  readonly hasColourPlane: boolean;
  /** Bits of the delays in front of pic_struct; undefined when messages carry no pic_struct. */
  readonly delayBits: number | undefined;
};

export type Chroma = "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";

export const CHROMA_FORMATS: readonly Chroma[] = ["4:0:0", "4:2:0", "4:2:2", "4:4:4"];

/** Video usability information; a field is absent when the stream does not carry it. */
export type Usability = {
  readonly sar?: { readonly num: number; readonly den: number };
  readonly isFullRange?: boolean;
  /** Code points of ISO/IEC 23091-2. */
  readonly color?: { readonly primaries: number; readonly transfer: number; readonly matrix: number };
  /** chroma_sample_loc_type: 0 left, 1 centre, 2 top left, .... */
  readonly chromaLocation?: number;
  /** Frames per second. */
  readonly frameRate?: { readonly num: number; readonly den: number };
};
