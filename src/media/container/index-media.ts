/** Learns what is in a file and when each of its frames is shown. */
import type { Engine, RunTool } from "../engine/index.ts";
import { codecOf, type Description, parseDescription } from "./describe.ts";
import { type FfmpegInput, type Probe, probeInput, readFirstFrames } from "./ffmpeg-input.ts";
import { type FoundTimes, hasTimedPackets, packetTimes, settledTimes, tableTimes } from "./frame-times.ts";
import { type Head, headOfMovieTrack, headOfPackets } from "./head.ts";
import { type Movie, readMovie } from "./isobmff-movie.ts";
import { isEncrypted, type MovieTrack } from "./isobmff-track.ts";
import { readMatroskaHead } from "./matroska.ts";
import { encrypted, notOpened, noVideo, ofInput } from "./refusals.ts";
import { canSeek } from "./seeking.ts";
import { containerOf, demuxersOf, sniffContainer } from "./sniff.ts";
import { audioTracks, findVideo, otherTracks } from "./streams.ts";
import { hasLostPackets } from "./transport-stream.ts";
import type { ByteInput, ContainerName, MediaIndex } from "./types.ts";
import { videoTrackOf } from "./video-track.ts";

type IndexOptions = {
  readonly engine: Engine;
  readonly run: RunTool;
  /** n in ffmpeg's `0:v:n`, the track to look at; the first one that is no attached picture when absent. */
  readonly videoIndex?: number;
};

/**
 * Frames, streams and properties of one video of a file, as ffmpeg shows it with -copyts.
 *
 * @param path - of the same file as `input`, for ffmpeg to open
 * @throws UsageError when there is no track `videoIndex` · MalformedInputError when it is empty, text, cut short, damaged or without frames · UnsupportedError when it has no video, is
 * encrypted, turned by an odd angle, or has a clock that is set back · what reading the input or running the engine throws
 */
export async function indexMedia(input: ByteInput, path: string, options: IndexOptions): Promise<MediaIndex> {
  try {
    return await new MediaIndexer(input, path, options).index();
  } catch (error) {
    throw ofInput(path, error);
  }
}

class MediaIndexer {
  readonly #input: ByteInput;
  readonly #path: string;
  readonly #ffmpeg: FfmpegInput;
  readonly #container: ContainerName;
  readonly #movie: Movie | undefined;
  /** Which video track is meant, as long as ffmpeg has not said which of them are attached pictures. */
  readonly #likelyVideo: number;

  constructor(input: ByteInput, path: string, { engine, run, videoIndex }: IndexOptions) {
    this.#input = input;
    this.#path = path;
    this.#likelyVideo = videoIndex ?? 0;
    const sniffed = sniffContainer(input);
    this.#ffmpeg = { engine, run, path, demuxers: demuxersOf(sniffed), videoIndex };
    this.#movie = sniffed === "mp4" || sniffed === "mov" ? readMovie(input) : undefined;
    const matroska = sniffed === "matroska" ? readMatroskaHead(input) : undefined;
    this.#container = matroska?.docType ?? sniffed;
    if (matroska?.hasEncryptedTrack === true || this.#movie?.tracks.some(isEncrypted) === true) throw encrypted();
  }

  async index(): Promise<MediaIndex> {
    const track = this.#movie?.tracks.filter(({ handler }) => handler === "vide")[this.#likelyVideo];
    const [probe, early, likelyHead] = await allDone([probeInput(this.#ffmpeg), this.#times(track), this.#head(track)]);
    const description = describe(probe, this.#path);
    const video = findVideo(description, this.#ffmpeg.videoIndex);
    if (video === undefined) throw noVideo(description.streams.some(({ kind }) => kind === "Audio"));
    // Where ffmpeg counts tracks otherwise, the boxes may speak of another one.
    const movieTrack = this.#movie?.tracks[video.stream.index];
    const isSameTrack = this.#movie === undefined ? video.videoIndex === this.#likelyVideo : movieTrack === track;
    const head = isSameTrack && likelyHead?.codec === codecOf(video.stream) ? likelyHead : undefined;
    const found = this.#movie === undefined || isSameTrack ? early : await packetTimes(this.#ffmpeg, this.#container);
    this.#addDoubts(found, head);
    const container = this.#container === "other" ? containerOf(description.demuxer) : this.#container;
    const { times, by } = await settledTimes(this.#ffmpeg, container, found);
    const isGradual = head?.scan.hasGradualRefresh === true;
    const seekFacts = { container, demuxer: description.demuxer, isGradual, keyDelaySeconds: found.keyDelaySeconds };
    return {
      path: this.#path,
      container,
      demuxer: description.demuxer,
      byteLength: this.#input.byteLength,
      canSeek: canSeek({ ...seekFacts, doubts: times.doubts, hasKeys: times.keySeekTicks.length > 0 }),
      indexedBy: by,
      startMicroseconds: description.startMicroseconds,
      video: videoTrackOf({
        stream: video.stream,
        videoIndex: video.videoIndex,
        movieTrack: movieTrack?.handler === "vide" ? movieTrack : undefined,
        head,
        firstFrames: head === undefined ? await readFirstFrames(this.#ffmpeg) : undefined,
        timeBase: found.timeBase,
        times,
      }),
      otherVideoStreams: video.others,
      attachedPictures: video.attachedPictures,
      audio: audioTracks(description, probe.audioStarts, this.#movie),
      ...otherTracks(description, this.#movie),
      chapters: description.chapters,
      metadataKeys: [...description.metadata.keys()].sort(),
      words: description.streams.map(({ language, metadata }) => ({ language, tags: metadata })),
    };
  }

  async #times(track: MovieTrack | undefined): Promise<FoundTimes> {
    const tables = this.#movie && track && tableTimes(this.#input, this.#movie, track);
    return tables ?? (await packetTimes(this.#ffmpeg, this.#container));
  }

  async #head(track: MovieTrack | undefined): Promise<Head | undefined> {
    if (this.#movie?.isFragmented === false) return track && headOfMovieTrack(this.#input, track);
    return hasTimedPackets(this.#container) ? headOfPackets(this.#input, this.#likelyVideo) : undefined;
  }

  /** What packets and bytes say against counting packets. */
  #addDoubts({ table }: FoundTimes, head: Head | undefined): void {
    if (head?.scan.hasPartOfFrame === true) table.addDoubt("packets with parts of frames");
    if (this.#container === "mpegts" && hasLostPackets(this.#input)) table.addDoubt("lost packets");
  }
}

/** A file name may hold lines that read like a description, so it is taken out. */
function describe({ output }: Probe, path: string): Description {
  const description = parseDescription(output.stderr.replace(`from 'file:${path}'`, () => "from ''"));
  if (description === undefined) throw notOpened(output);
  return description;
}

/** All results, or the first error once nothing is running any more. */
async function allDone<A, B, C>(work: readonly [Promise<A>, Promise<B>, Promise<C>]): Promise<[A, B, C]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
