/**
 * What the proofs ask of an MP4 or QuickTime file, from its boxes, its parameter sets and its first pictures, without starting ffmpeg. It is
 * for files that mm wrote: of everything they do not hold, and of everything that has more than one meaning, there is no answer here.
 */
import { type Movie, readMovie } from "./isobmff-movie.ts";
import { isEncrypted, type MovieTrack } from "./isobmff-track.ts";
import { sniffContainer } from "./sniff.ts";
import type { ByteInput, SubtitleTrack, WrittenIndex, WrittenSound } from "./types.ts";
import { readWrittenSound } from "./written-sound.ts";
import { readWrittenVideo } from "./written-video.ts";
import { readWords } from "./written-words.ts";

/**
 * undefined where ffmpeg must be asked.
 *
 * @throws MalformedInputError when the file is empty, cut short or without a movie box · what reading the input throws
 */
export function readWritten(input: ByteInput): WrittenIndex | undefined {
  const container = sniffContainer(input);
  if (container !== "mp4" && container !== "mov") return undefined;
  const movie = readMovie(input);
  if (movie.isFragmented || movie.tracks.some(isEncrypted)) return undefined;
  const [track, ...others] = movie.tracks.filter(({ handler }) => handler === "vide");
  const video = track && others.length === 0 ? readWrittenVideo(input, movie, track) : undefined;
  const beside = readTracksBeside(input, movie);
  const words = readWords(input, movie);
  if (video === undefined || beside === undefined || words === undefined) return undefined;
  return { container, video, ...beside, ...words, data: [], attachedPictures: [] };
}

/** Sound, and subtitles as text; undefined when there is anything else beside titles of chapters. */
function readTracksBeside(input: ByteInput, movie: Movie): Pick<WrittenIndex, "audio" | "subtitles"> | undefined {
  const titles = new Set(movie.tracks.flatMap(({ chapterTracks }) => chapterTracks));
  const audio: WrittenSound[] = [];
  const subtitles: SubtitleTrack[] = [];
  for (const [streamIndex, track] of movie.tracks.entries()) {
    if (track.handler === "vide" || titles.has(track.id)) continue;
    const sound = track.handler === "soun" ? readWrittenSound(input, movie, track) : undefined;
    if (sound !== undefined) audio.push(sound);
    else if (isTimedText(track)) subtitles.push({ streamIndex, subtitleIndex: subtitles.length, codec: "mov_text", isText: true });
    else return undefined;
  }
  return { audio, subtitles };
}

function isTimedText({ handler, sampleEntry }: MovieTrack): boolean {
  return (handler === "sbtl" || handler === "text") && sampleEntry === "tx3g";
}
