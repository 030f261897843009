/** Options of the container that is written. */
import type { Carry } from "../carry.ts";
import type { Rational } from "../container/index.ts";
import type { Engine } from "../engine/index.ts";
import { CLUSTER_BYTES } from "../model/index.ts";
import { isExperimental, type OutputFormat } from "../output-format.ts";
import { timescaleOf } from "./source.ts";

export type MuxerRequest = {
  readonly engine: Engine;
  readonly carry: Carry;
  readonly format: OutputFormat;
  /** Of the picture. */
  readonly timeBase: Rational;
  /** MP4's name for the picture's codec, where the muxer would choose another. */
  readonly tag: string | undefined;
  /** How far the first packets of the sound lie before the start, in seconds. */
  readonly soundLeadSeconds: number;
  /** How long the video waits for packets of other streams. */
  readonly interleaveSeconds: number;
};

export function muxerOptions(request: MuxerRequest): string[] {
  const { carry, format, interleaveSeconds } = request;
  const strict = carry.streams.some(({ outputCodec }) => isExperimental(format, outputCodec)) ? ["-strict", "-2"] : [];
  return [
    ...(format.keepsTicks ? movieOptions(request) : matroskaOptions(request)),
    ...["-max_interleave_delta", String(Math.round(interleaveSeconds * 1e6)), ...strict, "-f", format.muxer],
  ];
}

/**
 * Matroska has no times before 0. ffmpeg moves packets that would get one, but 4.1 only from the first such packet on, when frames are
 * written already (measured: all frames but the first came late by the priming of the sound). So all are moved from the start.
 */
function matroskaOptions({ soundLeadSeconds }: MuxerRequest): string[] {
  const offset = soundLeadSeconds > 0 ? ["-output_ts_offset", soundLeadSeconds.toFixed(6)] : [];
  return [...offset, "-cluster_size_limit", String(CLUSTER_BYTES)];
}

/** Edit lists count in ticks of the movie: with those of a slow picture alone, sound would start up to a frame beside its time. */
const COARSEST_MOVIE_TIMESCALE = 1000;

function movieOptions({ engine, timeBase, tag }: MuxerRequest): string[] {
  const timescale = timescaleOf(timeBase);
  const movieTimescale = timescale * Math.ceil(COARSEST_MOVIE_TIMESCALE / timescale);
  return [
    ...["-video_track_timescale", String(timescale)],
    ...(engine.caps.hasMovieTimescale ? ["-movie_timescale", String(movieTimescale)] : []),
    ...(tag === undefined ? [] : ["-tag:v:0", tag]),
  ];
}
