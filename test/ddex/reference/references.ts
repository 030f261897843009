/** References of XML 1.0 section 4.1, to characters and to the five entities that need no declaration. */
import type { Cursor } from "./cursor.ts";
import { forbiddenAt } from "./names.ts";
import { Refusal } from "./refusal.ts";

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["apos", "'"],
  ["quot", '"'],
]);
const CHARACTER = /&#(?:x([0-9a-fA-F]+)|([0-9]+));/y;
const ENTITY = /&((?:[A-Za-z_]|[^\0-\x7F])(?:[-.:0-9A-Za-z_]|[^\0-\x7F])*)(;?)/y;
/** Bytes. Longer names are those of no entity, whatever follows. */
const LONG_ENTITY = 32;

/** What stands for the reference that the cursor is at. */
export function referenceAt(cursor: Cursor): string {
  const { at, text } = cursor;
  CHARACTER.lastIndex = ENTITY.lastIndex = at;
  const character = CHARACTER.exec(text);
  if (character !== null) {
    cursor.at = CHARACTER.lastIndex;
    const [, hex, decimal = ""] = character;
    const codePoint = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    const isOne = codePoint <= 0x10ffff && forbiddenAt(String.fromCodePoint(codePoint)) < 0;
    if (!isOne) throw new Refusal("XML_CHARACTER_REFERENCE", at);
    return String.fromCodePoint(codePoint);
  }
  const [, name = "", end = ""] = ENTITY.exec(text) ?? [];
  const isLong = Buffer.byteLength(name) >= LONG_ENTITY;
  if (name === "" || (end === "" && !isLong)) throw new Refusal("XML_REFERENCE", at);
  const value = ENTITIES.get(name);
  if (value === undefined) throw new Refusal("XML_ENTITY", at);
  cursor.at = ENTITY.lastIndex;
  return value;
}
