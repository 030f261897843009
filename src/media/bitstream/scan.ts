/**
 * Looks through the parameter sets and the first packets of an H.264 or H.265 stream for what the plan needs and what an encoder would
 * lose. The decoder is the judge of the stream: what cannot be parsed here is unknown, not an error.
 */
import { MalformedInputError } from "../../base/index.ts";
import { BitReader } from "./bit-reader.ts";
import { type DecoderConfiguration, parseAvcConfiguration, parseHevcConfiguration } from "./configuration.ts";
import { type FieldOrder, fieldOrderOfTiming, fieldPictureOf } from "./field-order.ts";
import { parseH264Sps } from "./h264-sps.ts";
import type { ContentLight, MasteringDisplay } from "./hdr-metadata.ts";
import { parseHevcSps } from "./hevc-sps.ts";
import { annexBUnits, lengthPrefixedUnits, rawPayload } from "./nal.ts";
import { contentLightOf, type MessageName, masteringDisplayOf, nameOfMessage, seiMessages } from "./sei.ts";
import type { FieldSyntax, SequenceParameters } from "./sequence.ts";

export type NalCodec = "h264" | "hevc";

/** "enhancement layer": pictures beside the base layer (a second view, alpha, a larger size), which ffmpeg does not decode. */
export type StreamFeature = MessageName | "enhancement layer";

const H264_LAST_SLICE = 5;
const H264_SEI = 6;
const H264_SPS = 7;
const H264_MVC_SLICE = 20;
const H264_PICTURE_TIMING = 1;
/** The same number in both codecs. */
const RECOVERY_POINT = 6;
const HEVC_LAST_SLICE = 31;
const HEVC_SPS = 33;
const HEVC_PREFIX_SEI = 39;
const HEVC_SUFFIX_SEI = 40;
/** Unspecified by H.265; Dolby Vision's reference processing unit. */
const HEVC_DOLBY_VISION = 62;

export class StreamScan {
  readonly #codec: NalCodec;
  readonly features = new Set<StreamFeature>();
  /** From the first sequence parameter set that could be read. */
  sequence: SequenceParameters | undefined;
  /** From the first H.264 picture that is not a plain frame, or "progressive" when pictures say they are; undefined when none says. */
  fieldOrder: FieldOrder | undefined;
  masteringDisplay: MasteringDisplay | undefined;
  contentLight: ContentLight | undefined;
  /** A packet held no picture, or a single field of one: packets do not count frames then. */
  hasPartOfFrame = false;
  /** A picture that players seek to is whole only some pictures later: the refresh moves through the picture bit by bit. */
  hasGradualRefresh = false;
  #pictures = 0;
  #fields = 0;
  /** Size of the length fields in packets; 0 = start codes. */
  lengthBytes = 0;

  constructor(codec: NalCodec) {
    this.#codec = codec;
  }

  /** The decoder configuration record of MP4 or Matroska. */
  addConfiguration(record: Uint8Array): void {
    const configuration = this.#tolerant(() => this.#parseConfiguration(record));
    if (configuration === undefined) return;
    this.lengthBytes = configuration.lengthBytes;
    for (const unit of configuration.units) this.addUnit(unit);
  }

  addPacket(packet: Uint8Array): void {
    this.inPacket(() => {
      const units = this.lengthBytes === 0 ? annexBUnits(packet) : lengthPrefixedUnits(packet, this.lengthBytes);
      for (const unit of units) this.addUnit(unit);
    });
  }

  /** Runs what adds the units of one packet, and looks at what they make together. */
  inPacket(addUnits: () => void): void {
    this.#pictures = 0;
    this.#fields = 0;
    this.#tolerant(addUnits);
    if (this.#pictures === 0 || this.#fields === 1) this.hasPartOfFrame = true;
  }

  #parseConfiguration(record: Uint8Array): DecoderConfiguration {
    return this.#codec === "h264" ? parseAvcConfiguration(record) : parseHevcConfiguration(record);
  }

  /** A unit, or as much of its beginning as matters: 64 KiB. */
  addUnit(unit: Uint8Array): void {
    const first = unit[0] ?? 0;
    // A set forbidden_zero_bit: damage, not a unit.
    if (first >= 0x80) return;
    if (this.#codec === "h264") this.#addH264(unit, first & 0x1f);
    else this.#addHevc(unit, first >> 1, ((first & 1) << 5) | ((unit[1] ?? 0) >> 3));
  }

  #addH264(unit: Uint8Array, type: number): void {
    const syntax = this.sequence?.fieldSyntax;
    if (type === H264_SPS) this.sequence ??= this.#tolerant(() => parseH264Sps(unit));
    else if (type === H264_SEI) this.#addMessages(rawPayload(unit, 1));
    else if (type >= 1 && type <= H264_LAST_SLICE) this.#addSlice(unit, syntax);
    else if (type === H264_MVC_SLICE) this.features.add("enhancement layer");
  }

  #addSlice(unit: Uint8Array, syntax: FieldSyntax | undefined): void {
    this.#pictures++;
    const field = syntax && this.#tolerant(() => fieldPictureOf(unit, syntax));
    if (field === undefined) return;
    if (field.isFirstSlice) this.#fields++;
    this.#addFieldOrder(field.order);
  }

  #addHevc(unit: Uint8Array, type: number, layer: number): void {
    if (type <= HEVC_LAST_SLICE && layer === 0) this.#pictures++;
    if (type === HEVC_DOLBY_VISION) this.features.add("Dolby Vision");
    else if (layer > 0) {
      if (type <= HEVC_LAST_SLICE) this.features.add("enhancement layer");
    } else if (type === HEVC_SPS) this.sequence ??= this.#tolerant(() => parseHevcSps(unit));
    else if (type === HEVC_PREFIX_SEI || type === HEVC_SUFFIX_SEI) this.#addMessages(rawPayload(unit, 2));
  }

  #addMessages(payload: Uint8Array): void {
    for (const message of seiMessages(payload)) {
      const name = nameOfMessage(message);
      if (name !== undefined) this.features.add(name);
      this.masteringDisplay ??= masteringDisplayOf(message);
      this.contentLight ??= contentLightOf(message);
      if (message.type === RECOVERY_POINT) this.#addRecoveryPoint(message.payload);
      const syntax = this.sequence?.fieldSyntax;
      if (message.type === H264_PICTURE_TIMING && syntax !== undefined) {
        this.#addFieldOrder(this.#tolerant(() => fieldOrderOfTiming(message.payload, syntax)));
      }
    }
  }

  /** recovery_frame_cnt of H.264 and recovery_poc_cnt of H.265, which is signed. */
  #addRecoveryPoint(payload: Uint8Array): void {
    const reader = new BitReader(payload);
    const later = this.#tolerant(() => (this.#codec === "h264" ? reader.ue() : reader.se()));
    if (later !== undefined && later > 0) this.hasGradualRefresh = true;
  }

  #addFieldOrder(order: FieldOrder | undefined): void {
    if (this.fieldOrder === undefined || this.fieldOrder === "progressive") this.fieldOrder = order ?? this.fieldOrder;
  }

  #tolerant<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (error instanceof MalformedInputError) return undefined;
      throw error;
    }
  }
}
