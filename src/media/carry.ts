/**
 * What goes from the input to the output beside the re-encoded picture, and what cannot: each stream is carried or refused by name,
 * never lost silently.
 */
import { UnsupportedError } from "../base/index.ts";
import type { CarriedStream } from "./carried-stream.ts";
import type { Chapter, DataTrack, MediaIndex, SubtitleTrack } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";
import type { OutputFormat } from "./output-format.ts";
import { leaveOut, type Selection } from "./selection.ts";
import { planSound, refuseSoundCodec, type SoundRequest } from "./sound-plan.ts";
import { languageIn } from "./stream-language.ts";

export type Carry = {
  /** In output order, behind the picture. */
  readonly streams: readonly CarriedStream[];
  /** Stream index of the picture in the input. */
  readonly video: number;
  readonly chapters: readonly Chapter[];
  /** Of the first frame. */
  readonly timecode: string | undefined;
  /** What cannot come along and is no reason to refuse, a sentence each. */
  readonly losses: readonly string[];
};

export type CarryRequest = SoundRequest & {
  readonly keepsSound: boolean;
  readonly keepsSubtitles: boolean;
  /** The output shows another part of the input, or other frames than it does: a timecode would be wrong. */
  readonly isRetimed: boolean;
};

/**
 * Decides how each selected stream beside the picture reaches the output.
 *
 * @throws UsageError for sound the container does not take · UnsupportedError naming the first stream it cannot hold, with the options that leave out all of them
 */
export function planCarry(index: MediaIndex, selection: Selection, format: OutputFormat, engine: Engine, request: CarryRequest): Carry {
  refuseSoundCodec(format, request.audio);
  const isSelected = ({ streamIndex }: { readonly streamIndex: number }): boolean => selection.others.includes(streamIndex);
  const inOrder = <Stream extends { readonly streamIndex: number }>(streams: readonly Stream[]): Stream[] =>
    streams.filter(isSelected).toSorted((a, b) => selection.others.indexOf(a.streamIndex) - selection.others.indexOf(b.streamIndex));
  const subtitles = request.keepsSubtitles ? inOrder(index.subtitles) : [];
  const pictures = inOrder(index.attachedPictures.map((streamIndex) => ({ streamIndex })));
  const data = inOrder(index.data);
  const timecode = timecodeOf(index, selection);
  refuseTimecode(index, timecode, request.isRetimed);
  refuseLost(index, format, [
    ...pictures.filter(() => !format.holdsPictures).map(({ streamIndex }) => ({ streamIndex, what: "an attached picture" })),
    ...data
      .filter(({ kind, streamIndex }) => (kind === "attachment" ? !format.holdsAttachments : streamIndex !== timecode?.streamIndex))
      .map(({ streamIndex, kind, codec }) => ({ streamIndex, what: describeData(index, streamIndex, kind, codec) })),
    ...subtitles
      .filter(({ codec, isText }) => !isText && !format.subtitleCopy.includes(codec))
      .map(({ streamIndex, codec }) => ({ streamIndex, what: `subtitles made of pictures (${codec})` })),
  ]);
  const attachments = data.filter(({ kind }) => kind === "attachment");
  const streams = [
    ...(request.keepsSound ? inOrder(index.audio) : []).map((track) => planSound(track, format, engine, request)),
    ...subtitles.map((track) => planSubtitle(track, format)),
    ...pictures.map(({ streamIndex }) => copied(streamIndex, "picture", "")),
    ...attachments.map(({ streamIndex, codec }) => copied(streamIndex, "attachment", codec)),
  ];
  return {
    streams,
    video: selection.video,
    chapters: index.chapters,
    timecode: timecode?.text,
    losses: [...lostStyles(subtitles, format), ...lostLanguages(index, selection.video, streams, format), ...lostTags(index, format)],
  };
}

function planSubtitle({ streamIndex, codec }: SubtitleTrack, format: OutputFormat): CarriedStream {
  if (format.subtitleCopy.includes(codec)) return copied(streamIndex, "subtitle", codec);
  const { textSubtitles } = format;
  const outputCodec = textSubtitles === "srt" ? "subrip" : textSubtitles;
  return { streamIndex, kind: "subtitle", codec: textSubtitles, outputCodec, sound: undefined, options: [] };
}

function copied(streamIndex: number, kind: CarriedStream["kind"], outputCodec: string): CarriedStream {
  return { streamIndex, kind, codec: "copy", outputCodec, sound: undefined, options: [] };
}

type LostStream = { readonly streamIndex: number; readonly what: string };

function refuseLost(index: MediaIndex, format: OutputFormat, lost: readonly LostStream[]): void {
  const [first] = lost;
  if (first === undefined) return;
  const without = leaveOut(
    index,
    lost.map(({ streamIndex }) => streamIndex),
  );
  const more = lost.length === 1 ? "" : `, and ${lost.length - 1} more like it`;
  throw new UnsupportedError(`stream ${first.streamIndex} is ${first.what}, which ${format.name} cannot hold${more}`, {
    hint: `${without} to leave ${lost.length === 1 ? "it" : "them"} out`,
    details: { input: index.path, stream: first.streamIndex },
  });
}

function describeData({ words }: MediaIndex, streamIndex: number, kind: DataTrack["kind"], codec: string): string {
  const tags = words[streamIndex]?.tags;
  const name = tags?.get("filename") ?? tags?.get("handler_name");
  const what = kind === "attachment" ? "an attached file" : tags?.get("timecode") === undefined ? "a data track" : "a timecode track";
  return `${what} (${[codec, name].filter((word) => word !== undefined && word !== "none").join(", ")})`.replace(" ()", "");
}

/**
 * A timecode track holds the time of the first frame, which ffmpeg shows as a tag of it and of the picture, and makes a track of in MP4 and
 * QuickTime. Matroska keeps the tag.
 */
function timecodeOf(
  index: MediaIndex,
  selection: Selection,
): { readonly streamIndex: number | undefined; readonly text: string } | undefined {
  const textOf = (streamIndex: number): string | undefined => index.words[streamIndex]?.tags.get("timecode");
  const track = index.data.find(({ streamIndex }) => textOf(streamIndex) !== undefined);
  if (track !== undefined && !selection.others.includes(track.streamIndex)) return undefined;
  const text = textOf(track?.streamIndex ?? selection.video);
  return text === undefined ? undefined : { streamIndex: track?.streamIndex, text };
}

function refuseTimecode(index: MediaIndex, timecode: ReturnType<typeof timecodeOf>, isRetimed: boolean): void {
  if (timecode === undefined || !isRetimed) return;
  const { streamIndex, text } = timecode;
  throw new UnsupportedError(`the input begins at the timecode ${text}, which would be wrong for other frames than its own`, {
    hint: streamIndex === undefined ? "leave out --start and --fps" : `${leaveOut(index, [streamIndex])} to leave the timecode out`,
    details: { input: index.path, timecode: text },
  });
}

function lostStyles(subtitles: readonly SubtitleTrack[], { subtitleCopy, name }: OutputFormat): string[] {
  if (subtitleCopy.includes("ass")) return [];
  const styled = subtitles.filter(({ codec }) => codec === "ass" || codec === "ssa");
  return styled.map(
    ({ streamIndex }) =>
      `subtitle stream ${streamIndex} is ${name === "webm" ? "WebVTT" : "plain text"} in the output: its styles are lost (an output named .mkv keeps them)`,
  );
}

function lostLanguages({ words }: MediaIndex, video: number, streams: readonly CarriedStream[], format: OutputFormat): string[] {
  return [video, ...streams.map(({ streamIndex }) => streamIndex)].flatMap((stream) => {
    const language = words[stream]?.language;
    if (language === undefined || languageIn(format, language) !== undefined) return [];
    return [`${format.name} has no word for the language "${language}" of stream ${stream} (an output named .mkv has)`];
  });
}

/** Tags that say what the file is and not what is in it. */
const OWN_TAGS = ["major_brand", "minor_version", "compatible_brands", "encoder", "creation_time", "duration", "timecode"];

function lostTags({ metadataKeys }: MediaIndex, { tags, name }: OutputFormat): string[] {
  // Some are there in a second language: "location-eng".
  const isLost = (key: string): boolean => tags?.includes(key.replace(/-[a-z]{3}$/, "")) === false && !OWN_TAGS.includes(key);
  const lost = metadataKeys.filter(isLost);
  return lost.length === 0
    ? []
    : [`${name} has no place for the ${lost.length === 1 ? "tag" : "tags"} ${lost.join(", ")} (an output named .mkv has)`];
}
