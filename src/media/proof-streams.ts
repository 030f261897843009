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

type ExpectedChapters = {
  /** Those that have something of the part, on the clock of the output. */
  readonly within: readonly Chapter[];
  /** How many end where it starts, and start where it ends: the engine writes them with no length, or not at all. */
  readonly before: number;
  readonly behind: number;
};

/** By how much a chapter must reach into the part. Marks are in milliseconds, and the engine's limit is one behind the end. */
const TOUCH_SECONDS = 0.002;

function expectedChapters({ input, carry, part }: StreamClaims): ExpectedChapters {
  const zero = startSeconds(input) + part.startSeconds;
  const end = part.durationSeconds ?? Number.POSITIVE_INFINITY;
  const chapters = carry.chapters.map((chapter) => ({ startSeconds: chapter.startSeconds - zero, endSeconds: chapter.endSeconds - zero }));
  const within = chapters.filter((chapter) => chapter.endSeconds > TOUCH_SECONDS && chapter.startSeconds < end - TOUCH_SECONDS);
  return {
    within: within.map((chapter) => ({ ...chapter, startSeconds: Math.max(0, chapter.startSeconds) })),
    before: chapters.filter(({ endSeconds }) => Math.abs(endSeconds) <= TOUCH_SECONDS).length,
    behind: chapters.filter((chapter) => Math.abs(chapter.startSeconds - end) <= TOUCH_SECONDS).length,
  };
}

/** Chapters stand where they stood, while sound's priming may move all else (soundLeadSeconds). */
const CHAPTER_SECONDS = 0.1;

function proveChapters(output: readonly Chapter[], { within, before, behind }: ExpectedChapters): void {
  const surplus = output.length - within.length;
  if (surplus < 0 || surplus > before + behind) proveCount("chapters", within.length, output.length);
  const isAway = (chapter: Chapter, found: Chapter | undefined) =>
    Math.abs(chapter.startSeconds - (found?.startSeconds ?? 0)) > CHAPTER_SECONDS;
  // Of what is too many, some may stand in front.
  const fewest = Math.max(0, surplus - behind);
  for (let skipped = fewest; skipped <= Math.min(before, surplus); skipped += 1) {
    if (!within.some((chapter, at) => isAway(chapter, output[skipped + at]))) return;
  }
  const away = within.findIndex((chapter, at) => isAway(chapter, output[fewest + at]));
  throw failure(
    `chapter ${away + 1} of the output begins at ${output[fewest + away]?.startSeconds} s and should at ${within[away]?.startSeconds} s`,
    {},
  );
}

function failure(message: string, details: ErrorFacts): IoError {
  return new IoError(`proof of streams failed: ${message}`, {
    details,
    hint: "please report this, with the output of ffprobe for the input",
  });
}
