/** Which streams of the input go to the output: all of them, or those that `--map` names. */
import { UnsupportedError, UsageError } from "../base/index.ts";
import type { MediaIndex } from "./container/types.ts";

/** Video, audio, subtitles, data, attachments, as ffmpeg's stream specifiers call them. */
type StreamKind = "v" | "a" | "s" | "d" | "t";

/** One `--map`. */
export type StreamSpec = {
  /** As typed, for messages. */
  readonly text: string;
  readonly isLeftOut: boolean;
  /** "if there is one" */
  readonly isOptional: boolean;
  /** undefined: `position` is an index into all streams; else it is one into those of the kind, and without it all of them are meant. */
  readonly kind: StreamKind | undefined;
  readonly position: number | undefined;
};

export type Selection = {
  /** Stream index of the picture. */
  readonly video: number;
  /** Stream indexes of everything else, in the order of the output. */
  readonly others: readonly number[];
};

type Listed = { readonly kind: StreamKind; readonly position: number; readonly streamIndex: number };

/**
 * Positive specs select exactly what they name, in their order; with negative ones alone it is everything but those.
 *
 * @throws UsageError for a spec that names nothing, or several pictures · UnsupportedError without a picture, or with several that nobody
 * chose from
 */
export function selectStreams(index: MediaIndex, specs: readonly StreamSpec[]): Selection {
  const listed = listStreams(index);
  const hasPositive = specs.some(({ isLeftOut }) => !isLeftOut);
  let selected = hasPositive ? [] : listed.map(({ streamIndex }) => streamIndex);
  for (const spec of specs) {
    const named = listed.filter((stream) => isNamed(stream, spec)).map(({ streamIndex }) => streamIndex);
    if (named.length === 0 && !spec.isOptional) throw namesNothing(spec, listed);
    if (spec.isLeftOut) selected = selected.filter((stream) => !named.includes(stream));
    else selected.push(...named.filter((stream) => !selected.includes(stream)));
  }
  const moving = [index.video.streamIndex, ...index.otherVideoStreams].filter((stream) => selected.includes(stream));
  const [video, ...more] = moving;
  if (video === undefined) throw noPicture();
  if (more.length > 0) throw severalPictures(moving, specs, hasPositive, listed);
  return { video, others: selected.filter((stream) => stream !== video) };
}

/** n of the one `v:n` that is asked for: most likely the picture, before it is known what else there is. */
export function likelyVideoIndex(specs: readonly StreamSpec[]): number | undefined {
  const pictures = specs.filter(({ isLeftOut, kind }) => !isLeftOut && kind === "v");
  return pictures.length === 1 ? pictures[0]?.position : undefined;
}

/** n in ffmpeg's `0:v:n`, which counts attached pictures too. */
export function videoIndexOf(index: MediaIndex, streamIndex: number): number {
  return listStreams(index).find((stream) => stream.kind === "v" && stream.streamIndex === streamIndex)?.position ?? 0;
}

/** The options that leave these streams out: a kind where nothing of it would be left, else one stream each. */
export function leaveOut(index: MediaIndex, streams: readonly number[]): string {
  const listed = listStreams(index);
  const isGone = ({ streamIndex }: Listed): boolean => streams.includes(streamIndex);
  const specs = listed.filter(isGone).map(({ kind, streamIndex }) => {
    const ofKind = listed.filter((stream) => stream.kind === kind);
    return ofKind.length > 1 && ofKind.every(isGone) ? `-${kind}` : `-0:${streamIndex}`;
  });
  return [...new Set(specs)].map((spec) => `--map ${spec}`).join(" ");
}

/** In the order of the file. */
function listStreams(index: MediaIndex): Listed[] {
  const pictures = [index.video.streamIndex, ...index.otherVideoStreams, ...index.attachedPictures].sort((a, b) => a - b);
  const data = index.data.filter(({ kind }) => kind === "data");
  const attachments = index.data.filter(({ kind }) => kind === "attachment");
  return [
    ...pictures.map((streamIndex, position) => ({ kind: "v" as const, position, streamIndex })),
    ...index.audio.map(({ audioIndex, streamIndex }) => ({ kind: "a" as const, position: audioIndex, streamIndex })),
    ...index.subtitles.map(({ subtitleIndex, streamIndex }) => ({ kind: "s" as const, position: subtitleIndex, streamIndex })),
    ...data.map(({ streamIndex }, position) => ({ kind: "d" as const, position, streamIndex })),
    ...attachments.map(({ streamIndex }, position) => ({ kind: "t" as const, position, streamIndex })),
  ].sort((a, b) => a.streamIndex - b.streamIndex);
}

function isNamed({ kind, position, streamIndex }: Listed, spec: StreamSpec): boolean {
  if (spec.kind === undefined) return streamIndex === spec.position;
  return kind === spec.kind && (spec.position === undefined || spec.position === position);
}

function namesNothing({ text }: StreamSpec, listed: readonly Listed[]): UsageError {
  const there = listed.map(({ kind, position, streamIndex }) => `${kind}:${position} (0:${streamIndex})`).join(", ");
  return new UsageError(`--map ${text} names no stream: the input has ${there}`, {
    hint: `one of these, or --map "${text}?" for one that need not be there`,
    details: { map: text },
  });
}

function noPicture(): UnsupportedError {
  return new UnsupportedError("--map leaves no video", {
    hint: "mm transcode is for video: --map v:0; for sound alone use ffmpeg itself",
  });
}

function severalPictures(moving: readonly number[], specs: readonly StreamSpec[], hasPositive: boolean, listed: readonly Listed[]): Error {
  const [first, ...more] = moving;
  const position = listed.find(({ streamIndex }) => streamIndex === first)?.position;
  const hint = hasPositive ? `--map v:${position} for one of them` : more.map((stream) => `--map -0:${stream}`).join(" ");
  const message = `${specs.length === 0 ? "the input has" : "--map leaves"} ${moving.length} video streams, and mm carries one`;
  return specs.length === 0 ? new UnsupportedError(message, { hint }) : new UsageError(message, { hint });
}
