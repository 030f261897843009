/** Boxes of ISO/IEC 14496-12 and QuickTime files, read where they are. */
import { MalformedInputError } from "../../base/index.ts";
import type { ByteInput } from "./types.ts";

export type Box = {
  readonly type: string;
  readonly contentStart: number;
  /** Where the box says it ends, which may be behind the end of the file. */
  readonly end: number;
};

/** A movie has a few hundred boxes; a walk that finds more than this is being led around. */
const MOST_BOXES = 20_000;

/** Walks boxes, counting them so that no file can make it walk for long. */
export class BoxWalker {
  readonly input: ByteInput;
  #left: number;

  constructor(input: ByteInput, mostBoxes = MOST_BOXES) {
    this.input = input;
    this.#left = mostBoxes;
  }

  /** Boxes from `from` on; ends at `to`, or before bytes that are no box. */
  *boxes(from: number, to: number): Generator<Box> {
    let at = from;
    while (at + 8 <= to) {
      const box = this.#boxAt(at, to);
      if (box === undefined) return;
      if (this.#left-- === 0) throw new MalformedInputError("the file has more boxes than any video file needs");
      yield box;
      at = box.end;
    }
  }

  /** Boxes inside a box, `skip` bytes behind its header. */
  children(box: Box, skip = 0): Generator<Box> {
    return this.boxes(box.contentStart + skip, Math.min(box.end, this.input.byteLength));
  }

  child(box: Box, type: string): Box | undefined {
    for (const child of this.children(box)) if (child.type === type) return child;
    return undefined;
  }

  /** The first bytes of a box's content; undefined when it has fewer. Valid until the next read. */
  content(box: Box, length: number): DataView | undefined {
    if (length === 0 || box.contentStart + length > Math.min(box.end, this.input.byteLength)) return undefined;
    const bytes = this.input.read(box.contentStart, length);
    return bytes.length < length ? undefined : new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  #boxAt(at: number, to: number): Box | undefined {
    const bytes = this.input.read(at, Math.min(16, to - at));
    if (bytes.length < 8) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const type = String.fromCharCode(view.getUint8(4), view.getUint8(5), view.getUint8(6), view.getUint8(7));
    const size = view.getUint32(0);
    if (size === 0) return { type, contentStart: at + 8, end: to };
    if (size !== 1) return size < 8 ? undefined : { type, contentStart: at + 8, end: at + size };
    if (bytes.length < 16) return undefined;
    const longSize = Number(view.getBigUint64(8));
    return longSize < 16 ? undefined : { type, contentStart: at + 16, end: at + longSize };
  }
}
