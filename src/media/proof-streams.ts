/** The proof of streams: what the plan said would be carried is in the output, in its order and as it should be. */
import { type ErrorFacts, IoError } from "../base/index.ts";
import type { CarriedStream } from "./carried-stream.ts";
import type { Carry } from "./carry.ts";
import type { Chapter, MediaIndex, WrittenIndex } from "./container/types.ts";
import type { OutputFormat } from "./output-format.ts";
import { languageIn } from "./stream-language.ts";
import { startSeconds } from "./timeline.ts";

/** What an output should hold, and where the part of the input that it shows begins. */
export type StreamClaims = {
  readonly input: MediaIndex;
  readonly carry: Carry;
  readonly format: OutputFormat;
  readonly part: { readonly startSeconds: number; readonly durationSeconds: number | undefined };
};

/** @throws IoError naming what is missing; the output must not be published then */
export function proveStreams(output: WrittenIndex, claims: StreamClaims): void {
  const { input, carry, format } = claims;
  const of = (kind: CarriedStream["kind"]): CarriedStream[] => carry.streams.filter((stream) => stream.kind === kind);
  proveSound(output, of("audio"));
  proveCodecs("subtitle", output.subtitles, of("subtitle"));
  proveCount("attached pictures", of("picture").length, output.attachedPictures.length);
  const attachments = output.data.filter(({ kind }) => kind === "attachment");
  proveCount("attached files", of("attachment").length, attachments.length);
  proveLanguages(output, claims);
  proveChapters(output.chapters, expectedChapters(claims));
  // Tags that are numbers are written only where they are some.
  const wanted = input.metadataKeys.filter((key) => TEXT_TAGS.includes(key) && format.tags?.includes(key) !== false);
  const lost = wanted.find((key) => !output.metadataKeys.includes(key));
  if (lost !== undefined) throw failure(`the output lacks the tag "${lost}"`, { tag: lost });
  const timecode = output.words[output.video.streamIndex]?.tags.get("timecode");
  if (carry.timecode === undefined || timecode === carry.timecode) return;
  throw failure(`the output has ${timecode === undefined ? "no timecode" : `the timecode ${timecode}`} and the plan ${carry.timecode}`, {
    wanted: carry.timecode,
  });
}

const TEXT_TAGS = ["title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "description"];

function proveSound({ audio }: WrittenIndex, wanted: readonly CarriedStream[]): void {
  proveCodecs("audio", audio, wanted);
  for (const [at, { sound }] of wanted.entries()) {
    const found = audio[at];
    if (sound === undefined || found === undefined) continue;
    const isSame = found.sampleRate === sound.sampleRate && found.channels === sound.channels;
    if (isSame) continue;
    throw failure(
      `audio stream ${at + 1} of the output has ${found.sampleRate} Hz and ${found.channels} channels, and the plan ${sound.sampleRate} Hz and ${sound.channels}`,
      { wantedHz: sound.sampleRate, foundHz: found.sampleRate },
    );
  }
}

function proveCodecs(kind: string, found: readonly { readonly codec: string }[], wanted: readonly CarriedStream[]): void {
  proveCount(`${kind} streams`, wanted.length, found.length);
  for (const [at, { outputCodec }] of wanted.entries()) {
    const codec = found[at]?.codec;
    if (codec !== outputCodec) throw failure(`${kind} stream ${at + 1} of the output is ${codec} and that of the plan ${outputCodec}`, {});
  }
}

function proveCount(what: string, wanted: number, found: number): void {
  if (found !== wanted) throw failure(`the output has ${found} ${what} and the plan ${wanted}`, { wanted, found });
}

/** Containers spell some languages in another way, so it is asked whether there is one. */
function proveLanguages(output: WrittenIndex, { input, carry: { streams, video }, format }: StreamClaims): void {
  const pairs = [
    { from: video, to: output.video.streamIndex },
    ...(["audio", "subtitle"] as const).flatMap((kind) =>
      streams
        .filter((stream) => stream.kind === kind)
        .map(({ streamIndex }, at) => ({
          from: streamIndex,
          to: (kind === "audio" ? output.audio : output.subtitles)[at]?.streamIndex ?? -1,
        })),
    ),
  ];
  for (const { from, to } of pairs) {
    const language = input.words[from]?.language;
    if (language === undefined || languageIn(format, language) === undefined || output.words[to]?.language !== undefined) continue;
    throw failure(`stream ${to} of the output lacks the language ${language}`, { language });
  }
}

/** Those that are not behind the part's end or before its start, on the clock of the output. */
function expectedChapters({ input, carry, part }: StreamClaims): Chapter[] {
  const zero = startSeconds(input) + part.startSeconds;
  const end = part.durationSeconds ?? Number.POSITIVE_INFINITY;
  return carry.chapters
    .map((chapter) => ({ startSeconds: Math.max(0, chapter.startSeconds - zero), endSeconds: chapter.endSeconds - zero }))
    .filter((chapter) => chapter.endSeconds > 0 && chapter.startSeconds < end);
}

/** Chapters stand where they stood, while sound's priming may move all else (soundLeadSeconds). */
const CHAPTER_SECONDS = 0.1;

function proveChapters(found: readonly Chapter[], wanted: readonly Chapter[]): void {
  proveCount("chapters", wanted.length, found.length);
  const away = wanted.findIndex((chapter, at) => Math.abs(chapter.startSeconds - (found[at]?.startSeconds ?? 0)) > CHAPTER_SECONDS);
  if (away < 0) return;
  throw failure(
    `chapter ${away + 1} of the output begins at ${found[away]?.startSeconds} s and should at ${wanted[away]?.startSeconds} s`,
    {},
  );
}

function failure(message: string, details: ErrorFacts): IoError {
  return new IoError(`proof of streams failed: ${message}`, {
    details,
    hint: "please report this, with the output of ffprobe for the input",
  });
}
