/** What kind of file the first bytes say it is. */
import { MalformedInputError } from "../../base/index.ts";
import { cutShort } from "./refusals.ts";
import { transportPacketsOf } from "./transport-stream.ts";
import type { ByteInput, ContainerName } from "./types.ts";
import { checkY4mLength, Y4M_MAGIC } from "./y4m.ts";

const HEAD_BYTES = 4096;
/** "RIFF" and the size of what follows. */
const RIFF_HEAD_BYTES = 8;

/** Types of boxes an MP4 or QuickTime file may begin with. */
const FIRST_BOXES = new Set(["ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp", "moof", "sidx"]);
/** Writers that cannot go back leave the size as it was: all ones, or 0. */
const UNKNOWN_RIFF_BYTES = 0xffff_ffff;

/** Demuxers ffmpeg may use for a container, as -format_whitelist wants them. */
const DEMUXERS: Readonly<Record<ContainerName, string>> = {
  mp4: "mov,mp4,m4a,3gp,3g2,mj2",
  mov: "mov,mp4,m4a,3gp,3g2,mj2",
  matroska: "matroska,webm",
  webm: "matroska,webm",
  mpegts: "mpegts",
  avi: "avi",
  other:
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,mpeg,mxf,asf,ogg,nut,yuv4mpegpipe,ivf,obu,h264,hevc,mpegvideo,m4v,mp3,wav,flac,aac",
};

export function demuxersOf(container: ContainerName): string {
  return DEMUXERS[container];
}

/** The container a demuxer reads, for files whose first bytes did not say. */
export function containerOf(demuxer: string): ContainerName {
  const names: readonly ContainerName[] = ["mp4", "matroska", "mpegts", "avi"];
  return names.find((name) => DEMUXERS[name] === demuxer) ?? "other";
}

/** @throws MalformedInputError for an empty file and for text */
export function sniffContainer(input: ByteInput): ContainerName {
  if (input.byteLength === 0) throw new MalformedInputError("the file is empty", { hint: "copy it again from where it came" });
  const head = input.read(0, Math.min(HEAD_BYTES, input.byteLength));
  const letters = (at: number, count: number): string => String.fromCharCode(...head.subarray(at, at + count));
  if (FIRST_BOXES.has(letters(4, 4))) return letters(4, 4) === "ftyp" && letters(8, 4) === "qt  " ? "mov" : "mp4";
  if (head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3) return "matroska";
  if (letters(0, 4) === "RIFF" && letters(8, 3) === "AVI") return checkedAvi(input);
  if (transportPacketsOf(head) !== undefined) return "mpegts";
  if (letters(0, Y4M_MAGIC.length) === Y4M_MAGIC) checkY4mLength(input);
  else if (isText(head)) {
    throw new MalformedInputError("the file is text, not video", {
      hint: "give the video file itself, not a list or a page that names it",
    });
  }
  return "other";
}

/** Each RIFF chunk says how long it is: one, and one more for every gigabyte. */
function checkedAvi(input: ByteInput): "avi" {
  let at = 0;
  while (at + RIFF_HEAD_BYTES <= input.byteLength) {
    const bytes = input.read(at, RIFF_HEAD_BYTES);
    const contentBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
    if (String.fromCharCode(...bytes.subarray(0, 4)) !== "RIFF" || contentBytes === UNKNOWN_RIFF_BYTES || contentBytes === 0) break;
    at += RIFF_HEAD_BYTES + contentBytes;
    if (at > input.byteLength) throw cutShort(at - input.byteLength);
  }
  return "avi";
}

/** No control characters but those of text files. */
function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b);
}
