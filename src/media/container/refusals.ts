/** Errors of an input, each named for what the user can do about it. */
import { type ErrorFacts, MalformedInputError, MmError, shellQuoted, UnsupportedError, UsageError } from "../../base/index.ts";
import type { ToolOutput } from "../engine/index.ts";

const CHECK_HINT = "check the file with: ffmpeg -v error -i FILE -f null -";

export function encrypted(): UnsupportedError {
  return new UnsupportedError("the file is encrypted", { hint: "mm has no keys: give it a file without copy protection" });
}

export function noVideo(hasAudio: boolean): UnsupportedError {
  return new UnsupportedError(hasAudio ? "the file has sound and no video" : "the file has no video", {
    hint: "mm transcode is for video; for sound alone use ffmpeg itself",
  });
}

export function noFrames(): MalformedInputError {
  return new MalformedInputError("the file has a video stream without a single frame");
}

/** @param missingBytes - where the file says how long it should be */
export function cutShort(missingBytes?: number): MalformedInputError {
  const what = missingBytes === undefined ? "it announces frames that are behind its end" : `${missingBytes} bytes are missing at its end`;
  return new MalformedInputError(`the file is cut short: ${what}`, { hint: "copy it again from where it came" });
}

/** Two recordings in one file, or a clock that was set: no time says which of two frames is meant. */
export function clockSetBack(seconds: number): UnsupportedError {
  return new UnsupportedError(`the clock of the video is set back by ${seconds.toFixed(1)} s within the file`, {
    hint: "write it anew with one clock: ffmpeg -i FILE -map 0 -c copy one-clock.ts",
  });
}

/** A transport stream that goes on with another program. */
export function lateVideo(seconds: number): UnsupportedError {
  return new UnsupportedError(`a second video stream begins in the middle of the file, at ${seconds.toFixed(1)} s`, {
    hint: "to leave it out choose the first one: --map 0:v:0",
  });
}

/** @param exists - the tracks there are, in ffmpeg's numbers */
export function noSuchVideo(videoIndex: number, exists: readonly string[]): UsageError {
  const there = exists.length === 0 ? "it has none that moves" : `it has ${exists.join(", ")}`;
  return new UsageError(`the file has no video track 0:v:${videoIndex} to transcode: ${there}`, {
    hint: `--map ${exists[0]?.split(" ")[0] ?? "0:v:0"}`,
  });
}

/** A run of ffmpeg ended before the end of the file: what it said until then is not all there is. */
export function stopped({ code, stderr }: ToolOutput, doing: string): MmError {
  const details = { exitCode: code, ffmpeg: lastLine(stderr) };
  if (isOutOfMemory(stderr)) return outOfMemory(doing, details);
  const how = code > 128 ? `was stopped by signal ${code - 128}` : `stopped with code ${code}`;
  return new MalformedInputError(`ffmpeg ${how} while ${doing}`, { hint: CHECK_HINT, details });
}

/** ffmpeg could not open the file. Its last line says why in its own words. */
export function notOpened({ code, stderr }: ToolOutput): MmError {
  if (code === 127)
    return new UnsupportedError("ffmpeg could not be started", { hint: "mm doctor", details: { ffmpeg: lastLine(stderr) } });
  if (isOutOfMemory(stderr)) return outOfMemory("opening the file", { ffmpeg: lastLine(stderr) });
  const what = code > 128 ? `ffmpeg crashed on it (signal ${code - 128})` : "ffmpeg finds no video container in it";
  return new MalformedInputError(`the file cannot be read: ${what}`, {
    hint: CHECK_HINT,
    details: { ffmpeg: lastLine(stderr) },
  });
}

export function absurdSampleRate(streamIndex: number, sampleRate: number): MalformedInputError {
  return new MalformedInputError(`stream ${streamIndex} says that it has ${sampleRate} samples of sound a second`, {
    hint: `leave it out with: ffmpeg -i FILE -map 0 -map -0:${streamIndex} -c copy without.mkv`,
  });
}

/** ffmpeg found the stream and not what its pictures look like. */
export function noPicture(codec: string): MmError {
  if (codec === "none") return new UnsupportedError("the video is in a format this ffmpeg does not know", { hint: "try a newer ffmpeg" });
  return new MalformedInputError(`the file says its video is ${codec}, but no picture in it can be decoded`, {
    hint: "try to play the file; if it plays, try a newer ffmpeg",
  });
}

export function oddAngle(): UnsupportedError {
  return new UnsupportedError("the file asks players to turn the picture by an angle that is no multiple of 90 degrees");
}

/** Puts the file's name in front, where a list of files needs it. */
export function ofInput(path: string, error: unknown): unknown {
  const ErrorClass = [MalformedInputError, UnsupportedError, UsageError].find((known) => error instanceof known);
  if (ErrorClass === undefined || !(error instanceof MmError)) return error;
  const hint = error.hint === undefined ? {} : { hint: error.hint.replace("FILE", () => shellQuoted(path)) };
  return new ErrorClass(`${path}: ${error.message}`, { ...hint, details: { ...error.details, input: path }, cause: error });
}

function isOutOfMemory(stderr: string): boolean {
  return /cannot allocate memory/i.test(stderr);
}

/** The run has a fixed allowance that intact files stay far below, so a larger --max-memory would not help. */
function outOfMemory(doing: string, details: ErrorFacts): MalformedInputError {
  return new MalformedInputError(`ffmpeg wanted more memory than mm allows for reading a file, while ${doing}`, {
    hint: `a damaged table can ask for gigabytes: ${CHECK_HINT}`,
    details,
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
