/** Reads characters from the left to the right, so that the first thing that is wrong is what is found. */
import { decode } from "./decode.ts";
import { forbiddenAt, isName, isNameCharacter } from "./names.ts";
import { Refusal } from "./refusal.ts";

const SPACE = /[ \t\r\n]*/y;

export class Cursor {
  readonly text: string;
  /** The text ends at bytes that are no UTF-8. */
  readonly isBroken: boolean;
  at = 0;

  constructor(bytes: Uint8Array) {
    const { text, isBroken } = decode(bytes);
    this.text = text;
    this.isBroken = isBroken;
  }

  /** "" at the end. */
  get next(): string {
    return this.text.charAt(this.at);
  }

  isNext(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Whether any was there. */
  skipSpace(): boolean {
    SPACE.lastIndex = this.at;
    const length = SPACE.exec(this.text)?.[0].length ?? 0;
    this.at += length;
    return length > 0;
  }

  /** One that stands here, or else is wrong with that code, also where the text is broken. */
  expect(character: string, code: string): void {
    if (this.next !== character) throw this.next === "" && !this.isBroken ? this.end() : new Refusal(code, this.at);
    this.at++;
  }

  /** A name with a colon at most, between two of those without. */
  name(): string {
    const start = this.at;
    let hasColon = false;
    for (;;) {
      const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
      if (this.next === "") throw this.end();
      if (character === ":") {
        if (hasColon || this.at === start) throw new Refusal("XML_NAME", this.at);
        hasColon = true;
      } else if (!isNameCharacter(character)) {
        if (character >= "\u{80}") throw new Refusal("XML_NAME", this.at);
        break;
      }
      this.at += character.length;
    }
    const name = this.text.slice(start, this.at);
    if (!isName(name)) throw new Refusal("XML_NAME", start);
    return name;
  }

  /** The characters up to one of these, with line ends as LF. */
  until(stops: RegExp): string {
    const start = this.at;
    const stop = new RegExp(stops.source, "g");
    stop.lastIndex = start;
    const end = stop.exec(this.text)?.index ?? this.text.length;
    const piece = this.text.slice(start, end);
    const wrong = forbiddenAt(piece);
    if (wrong >= 0) throw new Refusal("XML_CHARACTER", start + wrong);
    this.at = end;
    return piece.replace(/\r\n?/g, "\n");
  }

  /** The input is over, for one of two reasons. */
  end(): Refusal {
    return new Refusal(this.isBroken ? "XML_UTF8" : "XML_UNCLOSED", this.text.length);
  }
}
