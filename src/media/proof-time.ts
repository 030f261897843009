/** The proof of time: every frame of the plan is in the output, each at its own tick and the last as long as it was, and sound starts where it started. */
import { IoError } from "../base/index.ts";
import type { MediaIndex, Rational, VideoTrack } from "./container/types.ts";
import type { PictureLength } from "./picture-length.ts";

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

/**
 * Compares the output's index with the input's.
 *
 * @param framesIn - frames of the input that the plan uses, from its first
 * @param isSoundEncoded - true when the first audio track is not copied
 * @param claim - undefined for outputs whose container does not say how long the last frame is shown
 * @throws IoError naming the first difference; the output must not be published then
 */
export function proveTime(
  input: MediaIndex,
  output: MediaIndex,
  framesIn: number,
  isSoundEncoded: boolean,
  claim?: PictureClaim,
): TimeProof {
  const framesOut = output.video.ticks.length;
  if (framesOut !== framesIn) {
    throw mismatch(`the output has ${framesOut} frames and the input ${framesIn}`, { framesIn, framesOut });
  }
  const worstSeconds = worstDistance(input.video, output.video);
  const allowed = Math.max(
    finerTickSeconds(input.video.timeBase, output.video.timeBase) / 2,
    output.container === "matroska" ? MATROSKA_ROUNDING_SECONDS : 0,
  );
  // Half a microsecond covers the doubles this is computed in.
  if (worstSeconds > allowed + 5e-7) {
    throw mismatch(`a frame of the output is shown ${(worstSeconds * 1000).toFixed(3)} ms away from its time`, {
      worstMs: worstSeconds * 1000,
    });
  }
  if (claim !== undefined) proveLength(claim);
  const soundShiftSeconds = soundShift(input, output);
  const hasPriming = isSoundEncoded || (input.container === "matroska") !== (output.container === "matroska");
  if (soundShiftSeconds > (hasPriming ? PRIMING_SECONDS : 2 * EDIT_LIST_ROUNDING_SECONDS)) {
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
function worstDistance(input: VideoTrack, output: VideoTrack): number {
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

function soundShift(input: MediaIndex, output: MediaIndex): number {
  const before = soundOffset(input);
  const after = soundOffset(output);
  return before === undefined || after === undefined ? 0 : Math.abs(before - after);
}

/** Seconds from the first frame to the first sound. */
function soundOffset({ video, audio }: MediaIndex): number | undefined {
  const sound = audio[0];
  if (sound === undefined) return undefined;
  return sound.startTicks * secondsOf(sound.timeBase) - (video.ticks[0] ?? 0) * secondsOf(video.timeBase);
}
