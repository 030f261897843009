/** Control characters, DEL, C1, line and paragraph separators, and the bidirectional overrides that can make a name read as another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this expression is for.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside (file names, ffmpeg's words) with every control character written as \xNN or \uNNNN, so it cannot drive the terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same for text of several lines: the line ends stay. */
export function printableLines(text: string): string[] {
  return text
    .replace(/\s+$/, "")
    .split(/\r?\n|\r/)
    .map(printable);
}

/** A value as JSON that is the same to a parser, and cannot drive the terminal either: JSON itself leaves C1 and the overrides as they are. */
export function printableJson(value: object, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code === 0x0a ? character : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
