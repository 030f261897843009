/** Reads the text of ffmpeg's framecrc muxer: a header, then a line per packet of "stream, dts, pts, duration, size, checksum[, F=flags]". */
import type { Rational } from "./types.ts";

export type FrameCrcPacket = {
  readonly stream: number;
  readonly decodeTick: number;
  /** Presentation tick; undefined when the packet carries none. */
  readonly tick: number | undefined;
  readonly durationTicks: number;
  readonly isKey: boolean;
  /** Decoded but not shown, because an edit list says so. */
  readonly isHidden: boolean;
  readonly isDamaged: boolean;
};

/** AV_PKT_FLAG_*. */
const KEY = 1;
const CORRUPT = 2;
const DISCARD = 4;
const NO_TIME = "-9223372036854775808";

export class FrameCrcReader {
  /** By stream of the text, complete before its first packet. */
  readonly timeBases = new Map<number, Rational>();
  readonly #onPacket: (packet: FrameCrcPacket) => void;

  constructor(onPacket: (packet: FrameCrcPacket) => void) {
    this.#onPacket = onPacket;
  }

  add(line: string): void {
    if (line.startsWith("#")) {
      const match = /^#tb (\d+): (\d+)\/(\d+)$/.exec(line);
      if (match !== null) this.timeBases.set(Number(match[1]), { num: Number(match[2]), den: Number(match[3]) });
      return;
    }
    const fields = line.split(",");
    if (fields.length < 6) return;
    const pts = (fields[2] ?? NO_TIME).trim();
    const flags = flagsOf(fields);
    this.#onPacket({
      stream: Number(fields[0]),
      decodeTick: Number(fields[1]),
      tick: pts === NO_TIME ? undefined : Number(pts),
      durationTicks: Math.max(0, Number(fields[3])),
      isKey: (flags & KEY) !== 0,
      isHidden: (flags & DISCARD) !== 0,
      isDamaged: (flags & CORRUPT) !== 0,
    });
  }
}

/** The muxer writes flags only where they are not those of a plain keyframe. */
function flagsOf(fields: readonly string[]): number {
  const field = fields[6]?.trim();
  return field?.startsWith("F=0x") === true ? Number(field.slice(2)) : KEY;
}
