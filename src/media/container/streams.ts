/** The streams beside the video, in the numbers ffmpeg maps them by. */
import { codecOf, type DescribedStream, type Description } from "./describe.ts";
import { describeSound, isTextSubtitle } from "./describe-sound.ts";
import { describeVideo } from "./describe-video.ts";
import type { AudioStart } from "./ffmpeg-input.ts";
import type { Movie } from "./isobmff-movie.ts";
import { absurdSampleRate, noSuchVideo } from "./refusals.ts";
import type { AudioTrack, DataTrack, MediaIndex, SubtitleTrack } from "./types.ts";

/** Twice the rate of the fastest converters. */
const MOST_SAMPLES_PER_SECOND = 768_000;

export type FoundVideo = {
  readonly stream: DescribedStream;
  readonly videoIndex: number;
  readonly others: readonly number[];
  readonly attachedPictures: readonly number[];
};

/**
 * The video to transcode; undefined when the file has none.
 *
 * @param videoIndex - n in `0:v:n`; undefined = the first that is no attached picture
 * @throws UsageError when `videoIndex` is no such track
 */
export function findVideo({ streams }: Description, videoIndex: number | undefined): FoundVideo | undefined {
  const videos = streams.filter(({ kind }) => kind === "Video");
  const attached = videos.filter((stream) => describeVideo(stream).isAttachedPicture);
  const moving = videos.filter((stream) => !attached.includes(stream));
  if (moving.length === 0) return undefined;
  const wanted = videoIndex === undefined ? moving[0] : videos[videoIndex];
  if (wanted === undefined || !moving.includes(wanted)) {
    const nameOf = (stream: DescribedStream): string => `0:v:${videos.indexOf(stream)} (${sizeOf(stream)}, ${codecOf(stream)})`;
    throw noSuchVideo(videoIndex ?? 0, moving.map(nameOf));
  }
  return {
    stream: wanted,
    videoIndex: videos.indexOf(wanted),
    others: moving.filter((stream) => stream !== wanted).map(({ index }) => index),
    attachedPictures: attached.map(({ index }) => index),
  };
}

function sizeOf(stream: DescribedStream): string {
  const { width, height } = describeVideo(stream);
  return `${width}x${height}`;
}

/** @throws MalformedInputError when a track says that it has more samples a second than any has */
export function audioTracks({ streams }: Description, starts: readonly AudioStart[], movie: Movie | undefined): AudioTrack[] {
  const audio = streams.filter(({ kind }) => kind === "Audio");
  return audio.map((stream, audioIndex) => {
    const sound = describeSound(stream);
    if (sound.sampleRate > MOST_SAMPLES_PER_SECOND) throw absurdSampleRate(stream.index, sound.sampleRate);
    const start = starts[audioIndex] ?? { timeBase: { num: 1, den: Math.max(1, sound.sampleRate) }, startTicks: 0 };
    const startTicks = Math.max(start.startTicks, editStart(movie, stream.index) ?? start.startTicks);
    return { streamIndex: stream.index, audioIndex, codec: codecOf(stream), ...sound, timeBase: start.timeBase, startTicks };
  });
}

/** The tick at which the edit list of a sound track begins to play it: what a packet holds before is not heard. */
function editStart(movie: Movie | undefined, streamIndex: number): number | undefined {
  const track = movie?.tracks[streamIndex];
  const first = track?.edits.findIndex(({ mediaTime }) => mediaTime >= 0) ?? -1;
  if (movie === undefined || track?.handler !== "soun" || first < 0 || movie.isFragmented || movie.timescale === 0) return undefined;
  const silence = track.edits.slice(0, first).reduce((sum, { duration }) => sum + duration, 0);
  return Math.round((silence * track.timescale) / movie.timescale);
}

/** Subtitle, data and attachment streams. The text track that holds chapter titles is none of them. */
export function otherTracks(description: Description, movie: Movie | undefined): Pick<MediaIndex, "subtitles" | "data"> {
  const titles = description.chapters.length > 0 ? chapterStreams(movie) : new Set<number>();
  const subtitles: SubtitleTrack[] = [];
  const data: DataTrack[] = [];
  let subtitleIndex = 0;
  for (const stream of description.streams) {
    const codec = codecOf(stream);
    const isTitles = titles.has(stream.index);
    if (stream.kind === "Subtitle") {
      if (!isTitles) subtitles.push({ streamIndex: stream.index, subtitleIndex, codec, isText: isTextSubtitle(codec) });
      subtitleIndex++;
    } else if (!isTitles && stream.kind !== "Video" && stream.kind !== "Audio") {
      data.push({ streamIndex: stream.index, codec, kind: stream.kind === "Attachment" ? "attachment" : "data" });
    }
  }
  return { subtitles, data };
}

function chapterStreams(movie: Movie | undefined): Set<number> {
  const ids = new Set(movie?.tracks.flatMap(({ chapterTracks }) => chapterTracks));
  return new Set(movie?.tracks.flatMap(({ id }, index) => (ids.has(id) ? [index] : [])));
}
