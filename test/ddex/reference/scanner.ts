/** XML 1.0 (fifth edition) with namespaces, in UTF-8 and without a DOCTYPE, as a tree: slow, short, and strict. */
import { Cursor } from "./cursor.ts";
import { type Element, placeOf } from "./element.ts";
import { partsOf, startsName } from "./names.ts";
import { type Attribute, checkAttributes, checkDeclaration, elementSpace, FIRST_SCOPE, type Scope, scopeOf } from "./namespaces.ts";
import { referenceAt } from "./references.ts";
import { Refusal } from "./refusal.ts";

const DECLARATION =
  /^ version ?= ?(["'])1\.[0-9]+\1( encoding ?= ?(["'])([A-Za-z][A-Za-z0-9._-]*)\3)?( standalone ?= ?(["'])(?:yes|no)\6)? ?$/;
/** With runs of white space as one: longer than any that is right. */
const MOST_DECLARATION = 128;
const SPACES = /[ \t\r\n]/;

type Open = { -readonly [K in keyof Element]: Element[K] } & { readonly children: Open[]; readonly qname: string; readonly scope: Scope };

class Scanner {
  readonly #cursor: Cursor;
  readonly #maxDepth: number;
  readonly #open: Open[] = [];
  root: Open | undefined;

  constructor(cursor: Cursor, maxDepth: number) {
    this.#cursor = cursor;
    this.#maxDepth = maxDepth;
  }

  document(): Element {
    const cursor = this.#cursor;
    for (;;) {
      if (cursor.next === "<") this.#markup();
      else if (this.#open.length > 0) this.#content();
      else if (!cursor.skipSpace()) break;
    }
    if (cursor.next !== "" || cursor.isBroken) throw new Refusal("XML_TEXT_OUTSIDE", cursor.at);
    if (this.root === undefined) throw new Refusal("XML_NO_ROOT", cursor.at);
    return this.root;
  }

  #markup(): void {
    const cursor = this.#cursor;
    const at = cursor.at;
    const next = cursor.text.charAt(at + 1);
    if (next === "/") this.#endTag();
    else if (next === "?") this.#instruction();
    else if (next === "!") this.#declared();
    else if (next === "" && !cursor.isBroken) throw cursor.end();
    else if (next !== "" && next < "\u{80}" && !startsName(next)) throw new Refusal("XML_MARKUP", at);
    else if (this.#open.length === 0 && this.root !== undefined) throw new Refusal("XML_SECOND_ROOT", at);
    else this.#startTag();
  }

  #declared(): void {
    const cursor = this.#cursor;
    const at = cursor.at;
    if (cursor.isNext("<!--")) this.#comment();
    else if (cursor.isNext("<![CDATA[") && this.#open.length > 0) this.#cdata();
    else if (cursor.isNext("<![CDATA[")) throw new Refusal("XML_TEXT_OUTSIDE", at);
    else if (cursor.isNext("<!DOCTYPE")) throw new Refusal("XML_DOCTYPE", at);
    else {
      const rest = cursor.text.slice(at);
      const mayGoOn = !cursor.isBroken && ["<!--", "<![CDATA[", "<!DOCTYPE"].some((start) => start.startsWith(rest));
      throw mayGoOn ? cursor.end() : new Refusal("XML_MARKUP", at);
    }
  }

  #comment(): void {
    const cursor = this.#cursor;
    cursor.at += 4;
    cursor.until(/--/);
    if (cursor.text.length < cursor.at + 3)
      throw cursor.isBroken && cursor.isNext("--") ? new Refusal("XML_COMMENT", cursor.at) : cursor.end();
    if (!cursor.isNext("-->")) throw new Refusal("XML_COMMENT", cursor.at);
    cursor.at += 3;
  }

  #instruction(): void {
    const cursor = this.#cursor;
    const at = cursor.at;
    cursor.at += 2;
    const target = cursor.name();
    const isAlone = cursor.isNext("?>");
    if (cursor.next === "?" && cursor.at + 1 === cursor.text.length && !cursor.isBroken) throw cursor.end();
    const isRight = !target.includes(":") && (isAlone || SPACES.test(cursor.next));
    if (!isRight || (/^xml$/i.test(target) && (at > 0 || target !== "xml"))) throw new Refusal("XML_PROCESSING_INSTRUCTION", at);
    if (target === "xml") this.#declaration();
    else {
      cursor.until(/\?>/);
      if (cursor.next === "") throw cursor.end();
      cursor.at += 2;
    }
  }

  #declaration(): void {
    const cursor = this.#cursor;
    const question = cursor.text.indexOf("?", cursor.at);
    const end = question < 0 ? cursor.text.length : question;
    const inside = cursor.text.slice(cursor.at, end).replace(/[ \t\r\n]+/g, " ");
    const isCutOff = (question < 0 || question + 1 === cursor.text.length) && !cursor.isBroken && inside.length <= MOST_DECLARATION;
    if (isCutOff) throw cursor.end();
    const match = DECLARATION.exec(inside);
    if (match === null || inside.length > MOST_DECLARATION || cursor.text[end + 1] !== ">") throw new Refusal("XML_DECLARATION", 0);
    if (match[4] !== undefined && match[4].toLowerCase() !== "utf-8") throw new Refusal("XML_ENCODING", 0);
    cursor.at = end + 2;
  }

  #cdata(): void {
    const cursor = this.#cursor;
    cursor.at += 9;
    this.#append(cursor.until(/\]\]>/));
    if (cursor.next === "") throw cursor.end();
    cursor.at += 3;
  }

  #startTag(): void {
    const cursor = this.#cursor;
    const at = cursor.at++;
    const qname = cursor.name();
    if (this.#open.length === this.#maxDepth) throw new Refusal("XML_LIMIT_DEPTH", at);
    const attributes = this.#attributes();
    const isEmpty = cursor.next === "/";
    cursor.at += isEmpty ? 2 : 1;
    const parent = this.#open.at(-1);
    const scope = scopeOf(parent?.scope ?? FIRST_SCOPE, attributes);
    checkAttributes(attributes, scope);
    const namespace = elementSpace(qname, scope, at);
    const values = new Map(attributes.map(({ name, value }) => [name, value]));
    const element: Open = { name: partsOf(qname)[1], namespace, attributes: values, children: [], text: "", at, qname, scope };
    if (parent === undefined) this.root = element;
    else parent.children.push(element);
    if (!isEmpty) this.#open.push(element);
  }

  /** Up to what ends the tag. */
  #attributes(): Attribute[] {
    const cursor = this.#cursor;
    const attributes: Attribute[] = [];
    for (;;) {
      const hasSpace = cursor.skipSpace();
      const next = cursor.next;
      if (next === ">" || cursor.isNext("/>")) return attributes;
      if (next === "/" && cursor.at + 1 === cursor.text.length && !cursor.isBroken) throw cursor.end();
      if (next === "") throw cursor.isBroken && !hasSpace ? new Refusal("XML_NAME", cursor.at) : cursor.end();
      if (next < "\u{80}" && !(hasSpace && startsName(next))) throw new Refusal("XML_TAG", cursor.at);
      if (!hasSpace) throw new Refusal("XML_NAME", cursor.at);
      attributes.push(this.#attribute());
    }
  }

  #attribute(): Attribute {
    const cursor = this.#cursor;
    const at = cursor.at;
    const name = cursor.name();
    cursor.skipSpace();
    cursor.expect("=", "XML_ATTRIBUTE");
    cursor.skipSpace();
    const quote = cursor.next === "'" ? "'" : '"';
    cursor.expect(quote, "XML_ATTRIBUTE");
    let value = "";
    for (;;) {
      value += cursor.until(quote === "'" ? /[<&']/ : /[<&"]/).replace(/[\t\n]/g, " ");
      if (cursor.next === "") throw cursor.end();
      if (cursor.next === "<") throw new Refusal("XML_ATTRIBUTE_LESS_THAN", cursor.at);
      if (cursor.next === quote) break;
      value += referenceAt(cursor);
    }
    const attribute = { name, value, at, endsAt: cursor.at++ };
    checkDeclaration(attribute);
    return attribute;
  }

  #endTag(): void {
    const cursor = this.#cursor;
    const at = cursor.at;
    const open = this.#open.at(-1);
    if (open === undefined) throw new Refusal("XML_MARKUP", at);
    cursor.at += 2;
    if (cursor.name() !== open.qname) throw new Refusal("XML_TAG_MISMATCH", at);
    cursor.skipSpace();
    cursor.expect(">", "XML_TAG");
    this.#open.pop();
  }

  #content(): void {
    const cursor = this.#cursor;
    if (cursor.next === "") throw cursor.end();
    this.#append(cursor.next === "&" ? referenceAt(cursor) : cursor.until(/[<&]|\]\]>/));
    if (cursor.isNext("]]>")) throw new Refusal("XML_CDATA_END", cursor.at);
  }

  #append(text: string): void {
    const open = this.#open.at(-1);
    if (open !== undefined) open.text += text;
  }
}

export type Refused = { readonly code: string; readonly line: number; readonly column: number };
/** The root as far as it goes, and what is wrong behind that. */
export type Document = { readonly root: Element | undefined; readonly text: string; readonly refused: Refused | undefined };

export function scan(bytes: Uint8Array, maxDepth = 100): Document {
  let cursor: Cursor | undefined;
  let scanner: Scanner | undefined;
  try {
    cursor = new Cursor(bytes);
    scanner = new Scanner(cursor, maxDepth);
    return { root: scanner.document(), text: cursor.text, refused: undefined };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const text = cursor?.text ?? "";
    return { root: scanner?.root, text, refused: { code: error.code, ...placeOf(text, error.at) } };
  }
}
