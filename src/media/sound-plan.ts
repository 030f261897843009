/** How one audio stream reaches the output: as it is, or through an encoder that takes its rate and its channels. */
import { UnsupportedError, UsageError } from "../base/index.ts";
import type { CarriedStream } from "./carried-stream.ts";
import type { AudioTrack } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";
import { copiesSound, endingOf, type OutputFormat, type SoundCodec } from "./output-format.ts";

export type SoundRequest = {
  /** undefined: as it is where that is possible. */
  readonly audio: "copy" | SoundCodec | undefined;
  /** Of each encoded stream; undefined = what the encoder takes for so many channels. */
  readonly audioBitsPerSecond: number | undefined;
};

/** @throws UsageError when the container does not take this codec */
export function refuseSoundCodec(format: OutputFormat, codec: SoundRequest["audio"]): void {
  if (codec === undefined || codec === "copy" || format.audioEncode.includes(codec)) return;
  throw new UsageError(`--audio ${codec} does not go into ${format.name}`, {
    hint: `--audio ${format.audioEncode[0]}, or an output named ${codec === "aac" ? ".mp4" : ".mkv"}`,
  });
}

/** @throws UsageError for a bit rate the encoder does not take · UnsupportedError naming what stands in the way */
export function planSound(track: AudioTrack, format: OutputFormat, engine: Engine, request: SoundRequest): CarriedStream {
  const { streamIndex, codec, sampleRate, channels } = track;
  const { audio, audioBitsPerSecond } = request;
  const fits = copiesSound(format, codec, engine);
  if (audio === "copy" && !fits) {
    throw new UnsupportedError(`audio stream ${streamIndex} is ${codec}, which ${format.name} cannot hold unchanged`, {
      hint: `--audio ${format.audioEncode[0]}${format.name === "matroska" ? "" : ", or an output named .mkv"}`,
    });
  }
  if (audio === "copy" || (audio === undefined && audioBitsPerSecond === undefined && fits)) {
    return { streamIndex, kind: "audio", codec: "copy", outputCodec: codec, sound: { sampleRate, channels }, options: [] };
  }
  return encoded(track, format, engine, audio ?? format.audioEncode[0], audioBitsPerSecond);
}

function encoded(
  track: AudioTrack,
  format: OutputFormat,
  engine: Engine,
  codec: SoundCodec,
  bitsPerSecond: number | undefined,
): CarriedStream {
  const { streamIndex, channels } = track;
  if (!engine.decoders.includes(DECODERS[track.codec] ?? track.codec)) {
    throw refusal(track, `is ${track.codec}, which this ffmpeg cannot decode`, "", format);
  }
  const encoder = encoderOf(codec, engine);
  const { layouts, rates } = ENCODERS[encoder];
  const layout = channels === 0 ? undefined : layoutFor(track, layouts);
  if (layout === undefined) {
    const other = codec === "opus" && format.audioEncode.includes("aac") ? "--audio aac, or " : "";
    throw refusal(track, `has the channels "${track.layout}", which ${encoder} has no place for`, other, format);
  }
  const sampleRate = rates.find((rate) => rate >= track.sampleRate) ?? Math.max(...rates);
  const most = codec === "opus" ? OPUS_BITS_PER_CHANNEL * channels : AAC_BITS_PER_SAMPLE * sampleRate * channels;
  if (bitsPerSecond !== undefined && bitsPerSecond > most) {
    throw new UsageError(`audio stream ${streamIndex} can have ${Math.floor(most / 1000)}k at most as ${codec} with ${channels} channels`, {
      hint: `--audio-bitrate ${Math.floor(most / 1000)}k`,
    });
  }
  return {
    streamIndex,
    kind: "audio",
    codec: encoder,
    outputCodec: codec,
    // Opus is always heard at 48 kHz.
    sound: { sampleRate: codec === "opus" ? 48_000 : sampleRate, channels },
    options: [
      ...(sampleRate === track.sampleRate ? [] : [["ar", String(sampleRate)] as const]),
      ...(layout === track.layout ? [] : [["filter", `aformat=channel_layouts=${layout}`] as const]),
      ...(bitsPerSecond === undefined ? [] : [["b", String(bitsPerSecond)] as const]),
      ...(encoder === "opus" ? [["strict", "-2"] as const] : []),
    ],
  };
}

/** Where a decoder's name is not that of its codec. */
const DECODERS: Readonly<Record<string, string>> = { dts: "dca", amr_nb: "amrnb", amr_wb: "amrwb" };

const OPUS_BITS_PER_CHANNEL = 256_000;
/** 6144 bits for each channel of a frame of 1024 samples (ISO 14496-3, 4.5.3). */
const AAC_BITS_PER_SAMPLE = 6;

type EncoderName = "aac" | "libopus" | "opus";

const OPUS_LAYOUTS = ["mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1"];

/** Layouts that each encoder keeps, and rates it takes (`-h encoder=`, and one run with each layout, ffmpeg 4.1 and 5.1). */
const ENCODERS: Readonly<Record<EncoderName, { readonly layouts: readonly string[]; readonly rates: readonly number[] }>> = {
  aac: {
    layouts: ["mono", "stereo", "2.1", "3.0", "3.0(back)", "4.0", "quad", "quad(side)", "5.0", "5.1", "6.1", "7.1"],
    rates: [7350, 8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000],
  },
  libopus: { layouts: OPUS_LAYOUTS, rates: [8000, 12_000, 16_000, 24_000, 48_000] },
  opus: { layouts: ["mono", "stereo"], rates: [48_000] },
};

/** The same loudspeakers but for where the rear ones are thought to stand. */
const REAR: Readonly<Record<string, string>> = { "quad(side)": "quad", "5.0(side)": "5.0", "5.1(side)": "5.1" };

/** Without a layout ffmpeg takes the usual one of so many channels, of which only these are the encoders' too. */
const USUAL: Readonly<Record<number, string>> = { 1: "mono", 2: "stereo", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1" };

function layoutFor({ layout, channels }: AudioTrack, layouts: readonly string[]): string | undefined {
  if (layouts.includes(layout)) return layout;
  const same = REAR[layout] ?? (layout === `${channels} channels` ? USUAL[channels] : undefined);
  return same !== undefined && layouts.includes(same) ? same : undefined;
}

function encoderOf(codec: SoundCodec, engine: Engine): EncoderName {
  const names = codec === "opus" ? (["libopus", "opus"] as const) : (["aac"] as const);
  const found = names.find((name) => engine.encoders.includes(name));
  if (found !== undefined) return found;
  throw new UnsupportedError(`ffmpeg ${engine.version} has no ${names.join(" and no ")}`, {
    hint: "--audio copy with an output named .mkv, --audio none, or --ffmpeg with another engine",
    details: { engine: engine.path },
  });
}

function refusal({ streamIndex, codec }: AudioTrack, what: string, other: string, format: OutputFormat): UnsupportedError {
  const kept = format.audioCopy.includes(codec) ? "--audio copy, or " : "";
  return new UnsupportedError(`audio stream ${streamIndex} ${what}`, {
    hint: `${kept}${other}--map -0:${streamIndex} to leave it out${format.name === "matroska" ? "" : ", or an output named .mkv"}`,
    details: { stream: streamIndex, ending: endingOf(format) },
  });
}
