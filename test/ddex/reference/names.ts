/** Names of XML 1.0 (fifth edition) section 2.3 and of Namespaces in XML 1.0 section 3. */
const START =
  "A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
const PART = `${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}`;
const NAME = new RegExp(`^(?:[${START}][${PART}]*:)?[${START}][${PART}]*$`, "u");
const CHARACTER = new RegExp(`^[${PART}]$`, "u");

/** Of an element or attribute, with a prefix or without. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

export function isNameCharacter(character: string): boolean {
  return CHARACTER.test(character);
}

export function startsName(character: string): boolean {
  return isName(character);
}

/** The prefix and what is behind it. */
export function partsOf(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(":");
  return colon < 0 ? ["", name] : [name.slice(0, colon), name.slice(colon + 1)];
}

const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
/** Where the first character is that XML does not allow, -1 when there is none. */
export function forbiddenAt(text: string): number {
  return text.search(FORBIDDEN);
}
