/** Names of XML 1.0 (fifth edition) section 2.3, without the colon. */
const START =
  "A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
const PART = `${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}`;

/** With colons wherever they stand: what a tag or a target begins with. */
export const NAME = new RegExp(`[:${START}][:${PART}]*`, "uy");
const QUALIFIED = new RegExp(`^(?:([${START}][${PART}]*):)?([${START}][${PART}]*)$`, "u");

export type QualifiedName = { readonly prefix: string; readonly local: string };

/** Section 4 of Namespaces in XML; undefined when it is none. */
export function qualified(name: string): QualifiedName | undefined {
  const match = QUALIFIED.exec(name);
  return match === null ? undefined : { prefix: match[1] ?? "", local: match[2] ?? "" };
}

const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** Where the first character is that XML does not allow, -1 when there is none. */
export function forbiddenAt(text: string): number {
  return text.search(FORBIDDEN);
}
