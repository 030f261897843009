import { MalformedInputError } from "../../base/index.ts";

/** A name of C++ may fill pages. */
const LONGEST_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a text that comes in pieces, one at a time.
 *
 * @throws MalformedInputError for lines of more than a MiB
 */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = new Uint8Array();
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      const last = piece.subarray(start, end);
      yield decoder.decode(rest.length === 0 ? last : joined(rest, last));
      rest = new Uint8Array();
      start = end + 1;
    }
    rest = joined(rest, piece.subarray(start));
    if (rest.length > LONGEST_LINE_BYTES)
      throw new MalformedInputError(`${name} has a line of more than a MiB`, { hint: "check which file it is" });
  }
  if (rest.length > 0) yield decoder.decode(rest);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
