/** XML 1.0 (fifth edition) with namespaces, in UTF-8 and without a DOCTYPE, as a tree: slow, short, and strict. */
import { decode } from "./decode.ts";
import { type Element, placeOf } from "./element.ts";
import { forbiddenAt, NAME, qualified } from "./names.ts";
import { type Attribute, checkAttributes, elementName, FIRST_SCOPE, type Scope, scopeOf } from "./namespaces.ts";
import { Refusal } from "./refusal.ts";

const DECLARATION =
  /^[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.\d+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][A-Za-z0-9._-]*)\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\4)?[ \t\r\n]*$/;
const SPACE = /[ \t\r\n]+/y;
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", apos: "'", quot: '"' };
const BLANK = /^[ \t\r\n]*$/;

type Open = { -readonly [K in keyof Element]: Element[K] } & { readonly children: Open[]; readonly qname: string; readonly scope: Scope };

class Scanner {
  readonly #text: string;
  readonly #isBroken: boolean;
  readonly #maxDepth: number;
  readonly #open: Open[] = [];
  #root: Open | undefined;
  #at = 0;

  constructor(bytes: Uint8Array, maxDepth: number) {
    const { text, isBroken } = decode(bytes);
    this.#text = text;
    this.#isBroken = isBroken;
    this.#maxDepth = maxDepth;
  }

  get text(): string {
    return this.#text;
  }

  get root(): Element | undefined {
    return this.#root;
  }

  document(): Element {
    if (/^<\?xml[ \t\r\n]/.test(this.#text)) this.#declaration();
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === "<") this.#markup();
      else this.#characterData();
    }
    if (this.#isBroken) throw new Refusal("XML_UTF8", this.#at);
    if (this.#open.length > 0) throw new Refusal("XML_UNCLOSED", this.#at);
    if (this.#root === undefined) throw new Refusal("XML_NO_ROOT", this.#at);
    return this.#root;
  }

  #declaration(): void {
    const end = this.#find("?>", 5);
    const match = DECLARATION.exec(this.#text.slice(5, end));
    if (match === null) throw new Refusal("XML_DECLARATION", 0);
    if (match[3] !== undefined && match[3].toLowerCase() !== "utf-8") throw new Refusal("XML_ENCODING", 0);
    this.#at = end + 2;
  }

  #markup(): void {
    const start = this.#at;
    const isNext = (text: string) => this.#text.startsWith(text, start);
    if (isNext("</")) this.#endTag();
    else if (isNext("<?")) this.#instruction();
    else if (isNext("<!--")) this.#comment();
    else if (isNext("<![CDATA[") && this.#open.length > 0) this.#cdata();
    else if (isNext("<!DOCTYPE")) throw new Refusal("XML_DOCTYPE", start);
    else if (isNext("<!")) throw this.#endsWithin(["<!--", "<![CDATA[", "<!DOCTYPE"]) ?? new Refusal("XML_MARKUP", start);
    else this.#startTag();
  }

  #comment(): void {
    const start = this.#at + 4;
    const end = this.#find("--", start);
    if (end + 2 >= this.#text.length) throw this.#end();
    if (this.#text[end + 2] !== ">") throw new Refusal("XML_COMMENT", end);
    this.#check(start, end);
    this.#at = end + 3;
  }

  #instruction(): void {
    const start = this.#at;
    this.#at += 2;
    const target = this.#name();
    const end = this.#find("?>", this.#at);
    const isSeparate = end === this.#at || /[ \t\r\n]/.test(this.#text[this.#at] as string);
    if (/^xml$/i.test(target) || target.includes(":") || !isSeparate) throw new Refusal("XML_PROCESSING_INSTRUCTION", start);
    this.#check(this.#at, end);
    this.#at = end + 2;
  }

  #cdata(): void {
    const start = this.#at + 9;
    const end = this.#find("]]>", start);
    this.#append(this.#checked(start, end));
    this.#at = end + 3;
  }

  #startTag(): void {
    const at = this.#at++;
    if (this.#root !== undefined && this.#open.length === 0) throw new Refusal("XML_SECOND_ROOT", at);
    const qname = this.#name();
    if (qualified(qname) === undefined) throw new Refusal("XML_NAME", at + 1);
    const attributes = this.#attributes();
    const isEmpty = this.#text[this.#at] === "/";
    this.#at += isEmpty ? 2 : 1;
    if (this.#open.length === this.#maxDepth) throw new Refusal("XML_LIMIT_DEPTH", at);
    const parent = this.#open.at(-1);
    const scope = scopeOf(parent?.scope ?? FIRST_SCOPE, attributes);
    const { namespace, local } = elementName(qname, scope, at + 1);
    checkAttributes(attributes, scope);
    const values = new Map(attributes.map(({ name, value }) => [name, value]));
    const element: Open = { name: local, namespace, attributes: values, children: [], text: "", at, qname, scope };
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
    if (!isEmpty) this.#open.push(element);
  }

  /** Up to what ends the tag. */
  #attributes(): Attribute[] {
    const attributes: Attribute[] = [];
    const names = new Set<string>();
    for (;;) {
      const hasSpace = this.#skipSpace();
      const next = this.#text[this.#at];
      if (next === undefined) throw this.#end();
      if (next === ">") return attributes;
      if (next === "/") {
        if (this.#at + 1 >= this.#text.length) throw this.#end();
        if (this.#text[this.#at + 1] === ">") return attributes;
      }
      if (!hasSpace) throw new Refusal("XML_TAG", this.#at);
      const at = this.#at;
      const name = this.#name();
      if (qualified(name) === undefined) throw new Refusal("XML_NAME", at);
      this.#skipSpace();
      this.#expect("=", "XML_ATTRIBUTE");
      this.#skipSpace();
      const value = this.#value();
      if (names.has(name)) throw new Refusal("XML_ATTRIBUTE_REPEATED", at);
      names.add(name);
      attributes.push({ name, value, at });
    }
  }

  #value(): string {
    const quote = this.#text[this.#at];
    if (quote === undefined) throw this.#end();
    if (quote !== '"' && quote !== "'") throw new Refusal("XML_ATTRIBUTE", this.#at);
    let value = "";
    this.#at++;
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) throw this.#end();
      if (next === quote) break;
      if (next === "<") throw new Refusal("XML_ATTRIBUTE_LESS_THAN", this.#at);
      if (next === "&") value += this.#reference();
      else {
        const stop = new RegExp(`[<&${quote}]|$`, "g");
        stop.lastIndex = this.#at;
        const end = stop.exec(this.#text)?.index ?? this.#text.length;
        value += this.#checked(this.#at, end).replace(/[\t\n]/g, " ");
        this.#at = end;
      }
    }
    this.#at++;
    return value;
  }

  #endTag(): void {
    const at = this.#at;
    this.#at += 2;
    const name = this.#name();
    this.#skipSpace();
    this.#expect(">", "XML_TAG");
    if (this.#open.pop()?.qname !== name) throw new Refusal("XML_TAG_MISMATCH", at);
  }

  #characterData(): void {
    const start = this.#at;
    if (this.#text[start] === "&") {
      if (this.#open.length === 0) throw new Refusal("XML_TEXT_OUTSIDE", start);
      this.#append(this.#reference());
      return;
    }
    const stop = /[<&]|$/g;
    stop.lastIndex = start;
    const end = stop.exec(this.#text)?.index ?? this.#text.length;
    const piece = this.#text.slice(start, end);
    const cdataEnd = piece.indexOf("]]>");
    if (this.#open.length === 0) {
      if (!BLANK.test(piece)) throw new Refusal("XML_TEXT_OUTSIDE", start + piece.search(/[^ \t\r\n]/));
    } else {
      this.#append(this.#checked(start, cdataEnd < 0 ? end : start + cdataEnd));
      if (cdataEnd >= 0) throw new Refusal("XML_CDATA_END", start + cdataEnd);
    }
    this.#at = end;
  }

  #reference(): string {
    const start = this.#at;
    const match = /&(?:#(?:x([0-9a-fA-F]+)|([0-9]+))|([^\s&;<>"'#][^\s&;<>"']*));/y;
    match.lastIndex = start;
    const found = match.exec(this.#text);
    if (found === null) throw this.#endsReference() ? this.#end() : new Refusal("XML_REFERENCE", start);
    this.#at = match.lastIndex;
    if (found[3] !== undefined) {
      const value = Object.hasOwn(ENTITIES, found[3]) ? ENTITIES[found[3]] : undefined;
      if (value === undefined) throw new Refusal("XML_ENTITY", start);
      return value;
    }
    const codePoint = found[1] === undefined ? Number.parseInt(found[2] as string, 10) : Number.parseInt(found[1], 16);
    const isOne = codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff);
    if (!isOne || forbiddenAt(String.fromCodePoint(codePoint)) >= 0) throw new Refusal("XML_CHARACTER_REFERENCE", start);
    return String.fromCodePoint(codePoint);
  }

  #endsReference(): boolean {
    return /^&#?[^\s&;<>"']*$/.test(this.#text.slice(this.#at));
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw this.#at >= this.#text.length ? this.#end() : new Refusal("XML_NAME", this.#at);
    this.#at += name.length;
    return name;
  }

  #skipSpace(): boolean {
    SPACE.lastIndex = this.#at;
    const length = SPACE.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  #expect(character: string, code: string): void {
    const next = this.#text[this.#at];
    if (next === undefined) throw this.#end();
    if (next !== character) throw new Refusal(code, this.#at);
    this.#at++;
  }

  /** Where it is, checked on the way when it is not there. */
  #find(text: string, from: number): number {
    const at = this.#text.indexOf(text, from);
    if (at >= 0) return at;
    this.#check(from, this.#text.length);
    throw this.#end();
  }

  #check(from: number, to: number): void {
    const at = forbiddenAt(this.#text.slice(from, to));
    if (at >= 0) throw new Refusal("XML_CHARACTER", from + at);
  }

  /** With line ends as LF. */
  #checked(from: number, to: number): string {
    this.#check(from, to);
    return this.#text.slice(from, to).replace(/\r\n?/g, "\n");
  }

  #append(text: string): void {
    const open = this.#open.at(-1);
    if (open !== undefined) open.text += text;
  }

  #endsWithin(starts: readonly string[]): Refusal | undefined {
    const rest = this.#text.slice(this.#at);
    return starts.some((start) => start.startsWith(rest)) ? this.#end() : undefined;
  }

  /** The input is over, for one of both reasons. */
  #end(): Refusal {
    return new Refusal(this.#isBroken ? "XML_UTF8" : "XML_UNCLOSED", this.#text.length);
  }
}

export type Refused = { readonly code: string; readonly line: number; readonly column: number };
/** The root as far as it goes, and what is wrong behind that. */
export type Document = { readonly root: Element | undefined; readonly text: string; readonly refused: Refused | undefined };

export function scan(bytes: Uint8Array, maxDepth = 100): Document {
  let scanner: Scanner | undefined;
  try {
    scanner = new Scanner(bytes, maxDepth);
    return { root: scanner.document(), text: scanner.text, refused: undefined };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const text = scanner?.text ?? "";
    return { root: scanner?.root, text, refused: { code: error.code, ...placeOf(text, error.at) } };
  }
}
