/** The proof of time: every frame of the plan is in the output, each at its own tick and the last as long as it was, and sound starts where it started. */
import { IoError } from "../base/index.ts";
import { isMatroska } from "./container/matroska.ts";
import type { MediaIndex, Rational, WrittenIndex } from "./container/types.ts";
import type { Picture } from "./picture.ts";
import type { PictureLength } from "./picture-length.ts";
import type { FrameTimes } from "./ticks.ts";
import { startSeconds } from "./timeline.ts";

export type TimeProof = {
  readonly framesIn: number;
  readonly framesOut: number;
  /** Largest distance of a frame from where it should be shown, in seconds. */
  readonly worstSeconds: number;
  /** Change of the distance between the first frame and the first sound, in seconds; 0 without sound. */
  readonly soundShiftSeconds: number;
};

/** How long the picture should last, and what the output says; undefined when it does not say. */
export type PictureClaim = { readonly wantedSeconds: number; readonly found: PictureLength | undefined };

/** Matroska's time stamps are whole milliseconds. */
const MATROSKA_ROUNDING_SECONDS = 0.0005;
/** MP4 edit lists of engines without -movie_timescale are rounded to 1/1000 s at both ends. */
const EDIT_LIST_ROUNDING_SECONDS = 0.001;
/**
 * Four AAC frames at 44.1 kHz. Encoders put this much silence before the first sound; MP4 hides it with an edit list and Matroska plays it,
 * so what is copied from one to the other also starts earlier by it, with sound and picture still together.
 */
const PRIMING_SECONDS = 4096 / 44_100;

/** Copied sound begins with the first packet behind the place it is cut at: one of 2048 samples at 22 kHz is the longest in use. */
const CUT_PACKET_SECONDS = 0.1;

/** What an output should be, and the claims on it that the containers allow. */
export type TimeClaims = {
  readonly input: MediaIndex;
  readonly picture: Picture;
  /** The stream of the input whose sound is the first of the output; undefined = none is carried. */
  readonly sound: { readonly streamIndex: number; readonly isEncoded: boolean } | undefined;
  /** undefined for outputs whose container does not say how long the last frame is shown. */
  readonly length: PictureClaim | undefined;
};

/**
 * Compares the output's index with the planned picture and the input's sound.
 *
 * @throws IoError naming the first difference; the output must not be published then
 */
export function proveTime(output: WrittenIndex, { input, picture, sound, length }: TimeClaims): TimeProof {
  const framesIn = picture.ticks.length;
  const framesOut = output.video.ticks.length;
  if (framesOut !== framesIn) {
    throw mismatch(`the output has ${framesOut} frames and the plan ${framesIn}`, { framesIn, framesOut });
  }
  const worstSeconds = worstDistance(picture, output.video);
  const allowed = Math.max(
    finerTickSeconds(picture.timeBase, output.video.timeBase) / 2,
    isMatroska(output.container) ? MATROSKA_ROUNDING_SECONDS : 0,
  );
  // Half a microsecond covers the doubles this is computed in.
  if (worstSeconds > allowed + 5e-7) {
    throw mismatch(`a frame of the output is shown ${(worstSeconds * 1000).toFixed(3)} ms away from its time`, {
      worstMs: worstSeconds * 1000,
    });
  }
  if (length !== undefined) proveLength(length);
  const soundShiftSeconds = soundShift(output, { input, picture, sound, length });
  const hasPriming = sound?.isEncoded === true || isMatroska(input.container) !== isMatroska(output.container);
  const cut = picture.startSeconds > 0 ? CUT_PACKET_SECONDS : 0;
  if (soundShiftSeconds > cut + (hasPriming ? PRIMING_SECONDS : 2 * EDIT_LIST_ROUNDING_SECONDS)) {
    throw mismatch(`sound and picture start ${(soundShiftSeconds * 1000).toFixed(1)} ms further apart than in the input`, {
      shiftMs: soundShiftSeconds * 1000,
    });
  }
  return { framesIn, framesOut, worstSeconds, soundShiftSeconds };
}

function proveLength({ wantedSeconds, found }: PictureClaim): void {
  // A microsecond covers the doubles this is computed in.
  if (found !== undefined && Math.abs(found.seconds - wantedSeconds) <= found.roundingSeconds + 1e-6) return;
  const length = found === undefined ? "an unknown time" : `${found.seconds.toFixed(3)} s`;
  throw mismatch(`the picture of the output lasts ${length} and that of the input ${wantedSeconds.toFixed(3)} s`, { wantedSeconds });
}

function mismatch(message: string, details: Record<string, number>): IoError {
  return new IoError(`proof of time failed: ${message}`, { details, hint: "please report this, with the output of ffprobe for the input" });
}

function secondsOf(timeBase: Rational): number {
  return timeBase.num / timeBase.den;
}

function finerTickSeconds(a: Rational, b: Rational): number {
  return Math.min(secondsOf(a), secondsOf(b));
}

/**
 * The tracks may start at different times; what counts is that one shift fits all frames. A frame that the input shows at the very time
 * of the one before it cannot be stored so: it gets the next tick, as ffmpeg's encoders see to.
 */
function worstDistance(input: Pick<FrameTimes, "ticks" | "timeBase">, output: Pick<FrameTimes, "ticks" | "timeBase">): number {
  const inSeconds = secondsOf(input.timeBase);
  const outSeconds = secondsOf(output.timeBase);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let before = Number.NEGATIVE_INFINITY;
  output.ticks.forEach((tick, at) => {
    const wanted = Math.max(input.ticks[at] ?? 0, before + 1);
    before = wanted;
    const shift = tick * outSeconds - wanted * inSeconds;
    least = Math.min(least, shift);
    most = Math.max(most, shift);
  });
  return (most - least) / 2;
}

function soundShift(output: WrittenIndex, { input, picture, sound }: TimeClaims): number {
  const before = input.audio.find(({ streamIndex }) => streamIndex === sound?.streamIndex);
  const after = output.audio[0];
  if (before === undefined || after === undefined) return 0;
  const zero = startSeconds(input) + picture.startSeconds;
  // Sound is cut where the output begins, as the picture is.
  const start = before.startTicks * secondsOf(before.timeBase) - zero;
  const wanted = (picture.startSeconds > 0 ? Math.max(0, start) : start) - picture.offsetSeconds;
  const found = after.startTicks * secondsOf(after.timeBase) - (output.video.ticks[0] ?? 0) * secondsOf(output.video.timeBase);
  return Math.abs(wanted - found);
}
