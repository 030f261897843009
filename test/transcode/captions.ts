/** Closed captions of H.264 (ATSC A/53 part 4), put into a stream and read from one, a pair of bytes per frame. */
import { execFileSync } from "node:child_process";

/** "GA94" of the ATSC in user_data_registered_itu_t_t35, and the kind "captions". */
const ATSC_CAPTIONS = Buffer.from([0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03]);

/** Before each picture of an Annex B stream in which a picture is one slice, a message with the picture's number. */
export function withCaptions(stream: Buffer): Buffer {
  let picture = 0;
  const parts = unitsOf(stream).map((unit) => {
    const plain = Buffer.concat([Buffer.from([0, 0, 1]), unit]);
    if (!isFirstSlice(unit)) return plain;
    const caption = Buffer.from([0x41, 0xff, 0xfc, 0x20 + (picture % 80), 0x21 + Math.floor(picture / 80), 0xff]);
    picture += 1;
    return Buffer.concat([
      Buffer.from([0, 0, 1, 6, 4, ATSC_CAPTIONS.length + caption.length]),
      ATSC_CAPTIONS,
      caption,
      Buffer.of(0x80),
      plain,
    ]);
  });
  return Buffer.concat(parts);
}

/** The pair of each frame in the order frames are shown; undefined for a frame without one. */
export function captionsOf(engine: string, path: string): (string | undefined)[] {
  const copy = (...args: string[]): Buffer =>
    execFileSync(engine, ["-v", "error", "-i", path, "-map", "0:v", "-c", "copy", ...args, "-"], { maxBuffer: 64 << 20 });
  const pairs: (string | undefined)[] = [];
  let pair: string | undefined;
  for (const unit of unitsOf(copy("-bsf:v", "h264_mp4toannexb", "-f", "h264"))) {
    const at = unit.indexOf(ATSC_CAPTIONS);
    if (((unit[0] ?? 0) & 0x1f) === 6 && at >= 0) pair = unit.subarray(at + 10, at + 13).toString("hex");
    if (!isFirstSlice(unit)) continue;
    pairs.push(pair);
    pair = undefined;
  }
  const lines = copy("-copyts", "-f", "framecrc")
    .toString()
    .split("\n")
    .filter((line) => /^0,/.test(line));
  const shown = lines.map((line, at) => ({ tick: Number(line.split(",")[2]), pair: pairs[at] }));
  return shown.sort((a, b) => a.tick - b.tick).map((frame) => frame.pair);
}

function unitsOf(stream: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = stream.indexOf("\0\0\x01", 0, "latin1"); at >= 0; ) {
    const next = stream.indexOf("\0\0\x01", at + 3, "latin1");
    units.push(stream.subarray(at + 3, next < 0 ? stream.length : next));
    at = next;
  }
  return units;
}

/** nal_unit_type 1 or 5, and first_mb_in_slice 0. */
function isFirstSlice(unit: Buffer): boolean {
  const type = (unit[0] ?? 0) & 0x1f;
  return (type === 1 || type === 5) && (unit[1] ?? 0) >= 0x80;
}
