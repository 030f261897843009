/** Learns what is in a file and when each of its frames is shown. */
import { MmError } from "../../base/index.ts";
import type { Engine, RunTool } from "../engine/index.ts";
import { codecOf, type DescribedStream, type Description, parseDescription } from "./describe.ts";
import { describeSound, isTextSubtitle } from "./describe-sound.ts";
import { describeVideo } from "./describe-video.ts";
import { type FfmpegInput, type Probe, probeInput, readDecodedTicks, readPackets } from "./ffmpeg-input.ts";
import { type Head, headOfMovieTrack, headOfPackets } from "./head.ts";
import { isEncrypted, type Movie, type MovieTrack, readMovie } from "./isobmff-movie.ts";
import { shownTicksOfPlainTrack } from "./isobmff-tables.ts";
import { readMatroskaHead } from "./matroska.ts";
import { type FrameTimes, type PacketTable, positionsOf } from "./packet-table.ts";
import { packetsFromTables } from "./packets-from-tables.ts";
import { cutShort, encrypted, noFrames, notOpened, noVideo, ofInput } from "./refusals.ts";
import { demuxersOf, sniffContainer } from "./sniff.ts";
import type { AudioTrack, ByteInput, ContainerName, DataTrack, MediaIndex, Rational, SubtitleTrack } from "./types.ts";
import { videoTrackOf } from "./video-track.ts";
