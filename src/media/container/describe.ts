/**
 * Reads what ffmpeg prints about an input: the only description every build gives, since ffprobe comes with few of them. The layout is
 * that of libavformat/dump.c, the same from 4.1 to 8.0 but for indentation.
 */
import type { Chapter } from "./types.ts";

export type Description = {
  /** "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly demuxer: string;
  readonly startMicroseconds: number | undefined;
  readonly chapters: readonly Chapter[];
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their stream index. */
  readonly streams: readonly DescribedStream[];
};

type StreamKind = "Video" | "Audio" | "Subtitle" | "Data" | "Attachment" | "Unknown";

export type DescribedStream = {
  readonly index: number;
  readonly kind: StreamKind;
  /** "eng"; undefined when the file does not say. */
  readonly language: string | undefined;
  /** The rest of the line, split at its commas: "h264 (High) (avc1 / 0x31637661)", "yuv420p(tv, progressive)", .... */
  readonly fields: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Lines below "Side data:". */
  readonly sideData: readonly string[];
};

const INPUT = /^Input #0, (.+?), from '/;
const DURATION = /^ {2}Duration: .*?, start: (-?\d+)\.(\d{6})/;
const CHAPTER = /^ {4}Chapter #0[:.]\d+: start (-?\d+\.\d+), end (-?\d+\.\d+)/;
/** "#0:1[0x2](und): Audio: aac", where the id and the language may be missing. */
const STREAM = /^ +Stream #0:(\d+)(?:\[0x[0-9a-f]+\])?(?:\(([^)]*)\))?: (Video|Audio|Subtitle|Data|Attachment|Unknown): (.*)$/;

/** @returns undefined when ffmpeg did not open the input */
export function parseDescription(text: string): Description | undefined {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => INPUT.test(line));
  if (first < 0) return undefined;
  const reader = new DescriptionReader(INPUT.exec(lines[first] ?? "")?.[1] ?? "");
  for (const line of lines.slice(first + 1)) {
    // The input's description ends where the next thing at the margin begins; a message from a library may come between.
    if (/^(Output #|Stream mapping|Input #|Press \[q\])/.test(line)) break;
    reader.add(line);
  }
  return reader.result();
}

type MutableStream = DescribedStream & { readonly metadata: Map<string, string>; readonly sideData: string[] };

class DescriptionReader {
  readonly #demuxer: string;
  readonly #metadata = new Map<string, string>();
  readonly #streams: MutableStream[] = [];
  #startMicroseconds: number | undefined;
  readonly #chapters: Chapter[] = [];
  /** What lines indented deeper than `#indent` belong to. */
  #block: { readonly indent: number; readonly add: (line: string) => void } | undefined;

  constructor(demuxer: string) {
    this.#demuxer = demuxer;
  }

  /** Titles and other words of the file's author stand inside blocks only, so that none can pass for a stream. */
  add(line: string): void {
    const indent = line.length - line.trimStart().length;
    if (this.#block !== undefined && indent > this.#block.indent) {
      this.#block.add(line.trim());
      return;
    }
    this.#block = undefined;
    if (line.trim() === "Metadata:") this.#block = { indent, add: metadataReader(this.#metadataOwner()) };
    else if (line.trim() === "Side data:") this.#block = { indent, add: (entry) => this.#streams.at(-1)?.sideData.push(entry) };
    else this.#addHeading(line);
  }

  #addHeading(line: string): void {
    const duration = DURATION.exec(line);
    if (duration !== null) this.#startMicroseconds = Number(`${duration[1]}${duration[2]}`);
    const chapter = CHAPTER.exec(line);
    if (chapter !== null) this.#chapters.push({ startSeconds: Number(chapter[1]), endSeconds: Number(chapter[2]) });
    const stream = STREAM.exec(line);
    if (stream === null) return;
    this.#streams.push({
      index: Number(stream[1]),
      kind: kindOf(stream[3] ?? ""),
      language: stream[2] === "und" ? undefined : stream[2],
      fields: splitFields(stream[4] ?? ""),
      metadata: new Map(),
      sideData: [],
    });
  }

  /** Streams come last; what is said of chapters and programs before them is not the file's. */
  #metadataOwner(): Map<string, string> | undefined {
    const stream = this.#streams.at(-1);
    if (stream !== undefined) return stream.metadata;
    return this.#startMicroseconds === undefined && this.#chapters.length === 0 ? this.#metadata : undefined;
  }

  result(): Description {
    return {
      demuxer: this.#demuxer,
      startMicroseconds: this.#startMicroseconds,
      chapters: this.#chapters,
      metadata: this.#metadata,
      streams: this.#streams.sort((a, b) => a.index - b.index),
    };
  }
}

function kindOf(word: string): StreamKind {
  return word === "Video" || word === "Audio" || word === "Subtitle" || word === "Data" || word === "Attachment" ? word : "Unknown";
}

/** "title           : T"; lines without a key continue the value before. */
function metadataReader(owner: Map<string, string> | undefined): (line: string) => void {
  let key = "";
  return (line) => {
    const [, name = "", value = ""] = /^([^:]*?) *: ?(.*)$/.exec(line) ?? [];
    if (name !== "") key = name.toLowerCase();
    if (key !== "") owner?.set(key, name === "" ? `${owner.get(key) ?? ""}\n${value}` : value);
  };
}

/** Splits at ", " outside brackets. */
export function splitFields(text: string): string[] {
  const fields: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === "(" || letter === "[") depth++;
    else if (letter === ")" || letter === "]") depth = Math.max(0, depth - 1);
    else if (letter === "," && text[at + 1] === " " && depth === 0) {
      fields.push(text.slice(start, at));
      start = at + 2;
    }
  }
  return [...fields, text.slice(start)];
}

/** "h264" of "h264 (High) (avc1 / 0x31637661)". */
export function codecOf(stream: DescribedStream): string {
  return /^[^ ,(]+/.exec(stream.fields[0] ?? "")?.[0] ?? "none";
}
