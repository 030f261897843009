/** The line of a text file around a place in it, for an error that points there. */
import { closeSync, openSync, readSync } from "node:fs";
import { printable } from "../base/index.ts";

/** Columns shown, and how many of them at most in front of the place. */
const COLUMNS = 72;
const COLUMNS_BEFORE = 48;
/** A line may be as long as the file: what is looked at holds so many columns of any script. */
const BYTES_AROUND = 1024;
const ELLIPSIS = "...";

/**
 * Two lines: the source, clipped around the place, and a caret below it.
 *
 * @param offset - of the place, in bytes
 * @returns undefined where nothing can be read there
 */
export function sourceExcerpt(path: string, offset: number): string | undefined {
  const from = Math.max(0, offset - BYTES_AROUND);
  const bytes = bytesAt(path, from, offset - from + BYTES_AROUND);
  if (bytes === undefined) return undefined;
  return excerptOf(bytes, offset - from, from > 0);
}

/** @param isCut - whether the line may have begun before the bytes */
export function excerptOf(bytes: Uint8Array, place: number, isCut: boolean): string | undefined {
  const isEnd = (byte: number) => byte === 0x0a || byte === 0x0d;
  const start = bytes.subarray(0, place).findLastIndex(isEnd) + 1;
  const rest = bytes.subarray(place);
  const length = rest.findIndex(isEnd);
  const before = [...shown(bytes.subarray(start, place), isCut && start === 0)];
  const behind = [...shown(length < 0 ? rest : rest.subarray(0, length), false)];
  if (before.length + behind.length === 0) return undefined;
  const head = clipped(before.reverse(), COLUMNS_BEFORE).reverse();
  const lead = head.length < before.length || (isCut && start === 0) ? ELLIPSIS : "";
  const tail = clipped(behind, COLUMNS - widthOf(head));
  const trail = tail.length < behind.length ? ELLIPSIS : "";
  return `${lead}${head.join("")}${tail.join("")}${trail}\n${" ".repeat(lead.length + widthOf(head))}^`;
}

/** Characters as a terminal shows them; of one that is cut at the front, or is no UTF-8, U+FFFD. */
function shown(bytes: Uint8Array, isCut: boolean): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return printable((isCut ? text.replace(/^\uFFFD+/, "") : text).replaceAll("\t", " "));
}

function clipped(characters: readonly string[], columns: number): string[] {
  let free = columns;
  const end = characters.findIndex((character) => {
    free -= columnsOf(character);
    return free < 0;
  });
  return end < 0 ? [...characters] : characters.slice(0, end);
}

function widthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + columnsOf(character), 0);
}

/** Marks that stand on the character before them; scripts and signs that take two columns (Unicode Standard Annex 11, wide and fullwidth). */
const MARK = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

function columnsOf(character: string): number {
  return MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

function bytesAt(path: string, offset: number, length: number): Uint8Array | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
