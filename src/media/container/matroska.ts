/** What mm must know of a Matroska or WebM file before ffmpeg reads it (RFC 9559, RFC 8794). */
import { MalformedInputError } from "../../base/index.ts";
import { cutShort } from "./refusals.ts";
import type { ByteInput, ContainerName } from "./types.ts";

export type MatroskaHead = {
  readonly docType: "matroska" | "webm";
  readonly hasEncryptedTrack: boolean;
};

/** WebM is Matroska with fewer codecs. */
export function isMatroska(container: ContainerName): boolean {
  return container === "matroska" || container === "webm";
}

const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const TRACK_ENTRY = 0xae;
const CONTENT_ENCODINGS = 0x6d80;
const CONTENT_ENCODING = 0x6240;
const CONTENT_ENCRYPTION = 0x5035;
const CLUSTER = 0x1f43b675;
const MOST_ELEMENTS = 20_000;

type Element = { readonly id: number; readonly start: number; readonly end: number; readonly isUnknownSize: boolean };

/** @throws MalformedInputError when the file ends before the size it announces */
export function readMatroskaHead(input: ByteInput): MatroskaHead {
  const walker = new ElementWalker(input);
  let docType: MatroskaHead["docType"] = "matroska";
  for (const element of walker.elements(0, input.byteLength)) {
    if (element.id === EBML) {
      for (const child of walker.children(element)) if (child.id === DOC_TYPE && textOf(input, child) === "webm") docType = "webm";
    } else if (element.id === SEGMENT) {
      if (!element.isUnknownSize && element.end > input.byteLength) {
        throw cutShort(element.end - input.byteLength);
      }
      return { docType, hasEncryptedTrack: hasEncryptedTrack(walker, element) };
    }
  }
  throw new MalformedInputError("the Matroska file has no segment: it was cut short or never finished");
}

/** Tracks come before the first cluster in every file that can be played while it is read. */
function hasEncryptedTrack(walker: ElementWalker, segment: Element): boolean {
  for (const element of walker.children(segment)) {
    if (element.id === TRACKS) return [...walker.children(element)].some((track) => isEncrypted(walker, track));
    if (element.id === CLUSTER) return false;
  }
  return false;
}

function isEncrypted(walker: ElementWalker, track: Element): boolean {
  if (track.id !== TRACK_ENTRY) return false;
  const encodings = [...walker.children(track)].filter((child) => child.id === CONTENT_ENCODINGS);
  return encodings
    .flatMap((all) => [...walker.children(all)])
    .some((encoding) => encoding.id === CONTENT_ENCODING && [...walker.children(encoding)].some((part) => part.id === CONTENT_ENCRYPTION));
}

function textOf(input: ByteInput, element: Element): string {
  const length = Math.min(16, element.end - element.start, input.byteLength - element.start);
  if (length <= 0) return "";
  const bytes = input.read(element.start, length);
  return String.fromCharCode(...bytes.filter((byte) => byte !== 0));
}

class ElementWalker {
  readonly #input: ByteInput;
  #left = MOST_ELEMENTS;

  constructor(input: ByteInput) {
    this.#input = input;
  }

  children(element: Element): Generator<Element> {
    return this.elements(element.start, Math.min(element.end, this.#input.byteLength));
  }

  /** Elements from `from` on; ends at `to`, or before bytes that are no element. */
  *elements(from: number, to: number): Generator<Element> {
    let at = from;
    while (at < to) {
      const bytes = this.#input.read(at, Math.min(12, to - at));
      const id = variableNumber(bytes, 0, 4, true);
      const size = id && variableNumber(bytes, id.length, 8, false);
      if (id === undefined || size === undefined) return;
      if (this.#left-- === 0) throw new MalformedInputError("the file has more elements in its head than any video file needs");
      const start = at + id.length + size.length;
      const end = size.isUnknown ? to : start + size.value;
      yield { id: id.value, start, end, isUnknownSize: size.isUnknown };
      at = end;
    }
  }
}

type VariableNumber = { readonly value: number; readonly length: number; readonly isUnknown: boolean };

/** A number whose first set bit tells how many bytes it has; that bit is part of an id and not of a size. */
function variableNumber(bytes: Uint8Array, at: number, longest: number, keepMarker: boolean): VariableNumber | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (length > longest || at + length > bytes.length) return undefined;
  const marker = 0x80 >> (length - 1);
  let value = keepMarker ? first : first - marker;
  let isUnknown = (first & (marker - 1)) === marker - 1;
  for (let next = 1; next < length; next++) {
    const byte = bytes[at + next] ?? 0;
    value = value * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return { value, length, isUnknown };
}
