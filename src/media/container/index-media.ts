/** Learns what is in a file and when each of its frames is shown. */
import type { Engine, RunTool } from "../engine/index.ts";
import { type Description, parseDescription } from "./describe.ts";
import { type FfmpegInput, type Probe, probeInput, readDecodedTicks, readPackets } from "./ffmpeg-input.ts";
import { type Head, headOfMovieTrack, headOfPackets } from "./head.ts";
import { type Movie, readMovie } from "./isobmff-movie.ts";
import { packetsFromTables } from "./isobmff-tables.ts";
import { isEncrypted, type MovieTrack } from "./isobmff-track.ts";
import { readMatroskaHead } from "./matroska.ts";
import { type FrameTimes, type PacketTable, positionsOf } from "./packet-table.ts";
import { cutShort, encrypted, noFrames, notOpened, noVideo, ofInput } from "./refusals.ts";
import { containerOf, demuxersOf, sniffContainer } from "./sniff.ts";
import { audioTracks, findVideo, otherTracks } from "./streams.ts";
import type { ByteInput, ContainerName, MediaIndex, Rational } from "./types.ts";
import { videoTrackOf } from "./video-track.ts";

type IndexOptions = { readonly engine: Engine; readonly run: RunTool };

/**
 * Frames, streams and properties of the first video of a file, as ffmpeg shows it with -copyts.
 *
 * @param path - of the same file as `input`, for ffmpeg to open
 * @throws MalformedInputError when it is empty, text, cut short, damaged or without frames · UnsupportedError when it has no video, is
 * encrypted, or is turned by an odd angle · what reading the input or running the engine throws
 */
export async function indexMedia(input: ByteInput, path: string, options: IndexOptions): Promise<MediaIndex> {
  try {
    return await new MediaIndexer(input, path, options).index();
  } catch (error) {
    throw ofInput(path, error);
  }
}

/** Times as found, before the stream they belong to is known. */
type FoundTimes = {
  readonly table: PacketTable;
  readonly timeBase: Rational;
  readonly by: "tables" | "ffmpeg";
};

/** Containers that give every packet the time its frame is shown at, and that mediabunny can find packets in. */
const WITH_TIMED_PACKETS: ReadonlySet<ContainerName> = new Set(["mp4", "mov", "matroska", "webm", "mpegts"]);

class MediaIndexer {
  readonly #input: ByteInput;
  readonly #path: string;
  readonly #ffmpeg: FfmpegInput;
  readonly #container: ContainerName;
  readonly #movie: Movie | undefined;

  constructor(input: ByteInput, path: string, { engine, run }: IndexOptions) {
    this.#input = input;
    this.#path = path;
    const sniffed = sniffContainer(input);
    this.#ffmpeg = { engine, run, path, demuxers: demuxersOf(sniffed) };
    this.#movie = sniffed === "mp4" || sniffed === "mov" ? readMovie(input) : undefined;
    const matroska = sniffed === "matroska" ? readMatroskaHead(input) : undefined;
    this.#container = matroska?.docType ?? sniffed;
    if (matroska?.hasEncryptedTrack === true || this.#movie?.tracks.some(isEncrypted) === true) throw encrypted();
  }

  async index(): Promise<MediaIndex> {
    const track = this.#movie?.tracks.find(({ handler }) => handler === "vide");
    const [probe, early, head] = await allDone([probeInput(this.#ffmpeg), this.#times(track), this.#head(track)]);
    const description = describe(probe, this.#path);
    const video = findVideo(description);
    if (video === undefined) throw noVideo(description.streams.some(({ kind }) => kind === "Audio"));
    // Where ffmpeg counts tracks otherwise, the boxes may speak of another one.
    const movieTrack = this.#movie?.tracks[video.stream.index];
    const isSameTrack = movieTrack === track;
    const found = isSameTrack ? early : await this.#packetTimes();
    if (isSameTrack && head?.scan.hasPartOfFrame === true) found.table.addDoubt("packets with parts of frames");
    const { times, by } = await this.#settle(found);
    return {
      path: this.#path,
      container: this.#container === "other" ? containerOf(description.demuxer) : this.#container,
      demuxer: description.demuxer,
      byteLength: this.#input.byteLength,
      indexedBy: by,
      startMicroseconds: description.startMicroseconds,
      video: videoTrackOf({
        stream: video.stream,
        videoIndex: video.videoIndex,
        movieTrack: movieTrack?.handler === "vide" ? movieTrack : undefined,
        head: isSameTrack ? head : undefined,
        timeBase: found.timeBase,
        times,
      }),
      otherVideoStreams: video.others,
      attachedPictures: video.attachedPictures,
      audio: audioTracks(description, probe.audioStarts, this.#movie),
      ...otherTracks(description, this.#movie),
      chapters: description.chapters,
      metadataKeys: [...description.metadata.keys()].sort(),
    };
  }

  /** Sample tables where they say all there is to say; else ffmpeg's packets. */
  async #times(track: MovieTrack | undefined): Promise<FoundTimes> {
    const table = this.#movie && track && packetsFromTables(this.#input, this.#movie, track);
    if (table === undefined || track === undefined) return this.#packetTimes();
    return { table, timeBase: { num: 1, den: track.timescale }, by: "tables" };
  }

  async #packetTimes(): Promise<FoundTimes> {
    const { table, timeBase, isCutShort } = await readPackets(this.#ffmpeg);
    if (isCutShort) throw cutShort();
    if (!WITH_TIMED_PACKETS.has(this.#container)) table.addDoubt("a container that leaves times to be guessed");
    return { table, timeBase: timeBase ?? { num: 1, den: 1 }, by: "ffmpeg" };
  }

  async #head(track: MovieTrack | undefined): Promise<Head | undefined> {
    if (this.#movie?.isFragmented === false) return track && headOfMovieTrack(this.#input, track);
    return WITH_TIMED_PACKETS.has(this.#container) ? headOfPackets(this.#input) : undefined;
  }

  /** Where packets leave open which frames are shown, the decoder says it. */
  async #settle({ table, timeBase, by }: FoundTimes): Promise<{ times: FrameTimes; by: MediaIndex["indexedBy"] }> {
    const times = table.finish();
    if (times.doubts.length === 0) {
      if (times.ticks.length === 0) throw noFrames();
      return { times, by };
    }
    const ticks = await readDecodedTicks(this.#ffmpeg, timeBase);
    if (ticks.length === 0) throw noFrames();
    return { times: { ...times, ticks, keyframes: positionsOf(times.keySeekTicks, ticks) }, by: "decoding" };
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
