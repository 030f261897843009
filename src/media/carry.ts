/**
 * What goes from the input to the output beside the re-encoded picture, and what cannot: each stream is carried or refused by name,
 * never lost silently.
 */
import { shellQuoted, UnsupportedError } from "../base/index.ts";
import type { MediaIndex } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";
import type { OutputFormat } from "./output-format.ts";

export type AudioChoice = "copy" | "aac" | "none" | undefined;

export type CarriedStream = { readonly streamIndex: number; readonly kind: "audio" | "subtitle"; readonly codec: string };

export type Carry = {
  /** In output order; `codec` is ffmpeg's "copy" or an encoder. */
  readonly streams: readonly CarriedStream[];
  readonly chapters: number;
};

/** @throws UnsupportedError naming the first stream that would be lost */
export function refuseWhatCannotPass(index: MediaIndex): void {
  if (index.otherVideoStreams.length > 0) {
    throw new UnsupportedError(`the input has ${index.otherVideoStreams.length + 1} video streams, and mm carries one`, {
      hint: `leave one with: ffmpeg -i ${shellQuoted(index.path)} -map 0 -map -0:${index.otherVideoStreams[0]} -c copy one.mp4`,
      details: { input: index.path },
    });
  }
  const lost = [
    ...index.attachedPictures.map((stream) => ({ stream, what: "an attached picture" })),
    ...index.data.map((track) => ({ stream: track.streamIndex, what: `${track.kind} of type ${track.codec}` })),
  ];
  const first = lost[0];
  if (first !== undefined) {
    throw new UnsupportedError(`stream ${first.stream} is ${first.what}, which mm cannot carry yet`, {
      hint: `leave it out with: ffmpeg -i ${shellQuoted(index.path)} -map 0 ${lost.map(({ stream }) => `-map -0:${stream}`).join(" ")} -c copy without.mp4`,
      details: { input: index.path, stream: first.stream },
    });
  }
}

/** Decides how each audio and subtitle stream reaches the output. @throws UnsupportedError naming what the container cannot hold */
export function planCarry(
  index: MediaIndex,
  format: OutputFormat,
  engine: Engine,
  audio: AudioChoice,
  subtitles: "copy" | "none" | undefined,
): Carry {
  const streams: CarriedStream[] = [];
  if (audio !== "none") {
    for (const track of index.audio) {
      const fits = format.audioCopy.includes(track.codec);
      if (audio === "copy" && !fits) {
        throw new UnsupportedError(`audio stream ${track.streamIndex} is ${track.codec}, which ${format.muxer} cannot hold unchanged`, {
          hint: "--audio aac, or an output named .mkv",
        });
      }
      const codec = audio === "aac" || !fits ? "aac" : "copy";
      if (codec === "aac" && !engine.decoders.includes(track.codec)) {
        throw new UnsupportedError(`audio stream ${track.streamIndex} is ${track.codec}, which this ffmpeg cannot decode`, {
          hint: "--audio none",
        });
      }
      streams.push({ streamIndex: track.streamIndex, kind: "audio", codec });
    }
  }
  if (subtitles !== "none") {
    for (const track of index.subtitles) {
      const codec = format.subtitleCopy.includes(track.codec) ? "copy" : format.textSubtitles;
      if (codec !== "copy" && !track.isText) {
        throw new UnsupportedError(`subtitle stream ${track.streamIndex} is ${track.codec} (pictures), which ${format.muxer} cannot hold`, {
          hint: "--subtitles none, or an output named .mkv",
        });
      }
      streams.push({ streamIndex: track.streamIndex, kind: "subtitle", codec });
    }
  }
  return { streams, chapters: index.chapters };
}
