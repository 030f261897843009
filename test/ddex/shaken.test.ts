/** Messages whose elements were lost, doubled, moved, renamed or given odd values: the native parser says what the reference says, of each. */
import { describe, expect, it } from "vitest";
import { makeMessage, makeSmallMessage } from "../../fixtures/ddex.mjs";
import { randomSource } from "../../fixtures/sequences.mjs";
import { MESSAGES, readMessage } from "./fixtures.ts";
import { parseAll } from "./native-parser.ts";
import { parseMessage } from "./reference/parse.ts";

/** So many of each message; MM_SHAKES asks for more. */
const ROUNDS = Number(process.env.MM_SHAKES ?? "25");
const CHUNKS = [1, 5, 64, 1024, 65_536];

const VALUES = [
  "",
  " ",
  "\n  ",
  "true",
  "false",
  "1",
  "0",
  "yes",
  "-7",
  "007",
  "99999999999999999999",
  "3.5",
  "PT1H2M3.4567S",
  "P1Y",
  "PT",
  "Worldwide",
];
VALUES.push(
  "DE",
  "A1",
  "R0",
  "P1",
  "UserDefined",
  "x\r\ny",
  "&#13;&#10;",
  "&quot;\\&#x2028;",
  "𠮷",
  "<![CDATA[]]>",
  "<!-- c -->",
  "a<?p q?>b",
  "Explicit",
  "<b/>",
  "a<b>c</b>d",
);
const ATTRIBUTES = [
  'IsDefault="true"',
  'IsDefault="x"',
  'ApplicableTerritoryCode="Worldwide"',
  'ApplicableTerritoryCode="DE"',
  'UserDefinedValue="mine"',
];
ATTRIBUTES.push(
  'LanguageAndScriptCode="&#9;ja"',
  'SequenceNumber="2"',
  'SequenceNumber="-"',
  'TitleType="FormalTitle"',
  'Namespace=""',
  'IsMainRelease=" true "',
);
ATTRIBUTES.push('ResourceGroupType="Side"', 'ResourceGroupType="MultiWorkPart"', 'xmlns:o="u" o:IsDefault="true"', 'PriceType="P"');

type Place = { readonly from: number; readonly to: number };

class Shaker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomSource(seed);
  }

  shake(message: string): string {
    let text = message;
    for (let round = this.#below(5); round >= 0; round -= 1) text = this.#shakeOnce(text);
    return text;
  }

  #shakeOnce(text: string): string {
    const { from, to } = this.#element(text);
    const element = text.slice(from, to);
    const without = text.slice(0, from) + text.slice(to);
    switch (this.#below(8)) {
      case 0:
        return without;
      case 1:
        return text.slice(0, to) + element + text.slice(to);
      case 2:
        return this.#inserted(without, element);
      case 3:
        return this.#inserted(text, element);
      case 4:
        return text.slice(0, from) + this.#renamed(element, text) + text.slice(to);
      case 5:
        return text.slice(0, from) + element.replace(/^(<[^\s/>]+)/, `$1 ${this.#pick(ATTRIBUTES)}`) + text.slice(to);
      case 6:
        return text.slice(0, from) + element.replace(/^(<[^>]*>)[^<]*/, (_, tag: string) => tag + this.#pick(VALUES)) + text.slice(to);
      default:
        // Another element's text: a reference that leads elsewhere, most of the time.
        return text.slice(0, from) + element.replace(/^(<[^>]*>)[^<]*/, (_, tag: string) => tag + this.#value(text)) + text.slice(to);
    }
  }

  #inserted(text: string, element: string): string {
    const at = this.#element(text).from;
    return text.slice(0, at) + element + text.slice(at);
  }

  #renamed(element: string, text: string): string {
    const name = /^<([^\s/>]+)/.exec(element)?.[1] ?? "";
    const place = this.#element(text);
    const other = /^<([^\s/>]+)/.exec(text.slice(place.from, place.to))?.[1] ?? name;
    return element.replace(`<${name}`, `<${other}`).replace(new RegExp(`</${name}>$`), `</${other}>`);
  }

  #value(text: string): string {
    const values = [...text.matchAll(/>([^<>\n]+)</g)];
    return this.#pick(values)?.[1] ?? "";
  }

  /** Any below the root, with its end tag; the whole is well-formed, so that names alone say where that is. */
  #element(text: string): Place {
    const starts = [...text.matchAll(/<([A-Za-z_][^\s/>]*)[^>]*>/g)].slice(1);
    const start = this.#pick(starts);
    if (start === undefined) return { from: text.length, to: text.length };
    if (start[0].endsWith("/>")) return { from: start.index, to: start.index + start[0].length };
    const tags = new RegExp(`<(/?)${start[1]}(?=[\\s/>])[^>]*?(/?)>`, "g");
    tags.lastIndex = start.index;
    let depth = 0;
    for (let tag = tags.exec(text); tag !== null; tag = tags.exec(text)) {
      if (tag[2] === "") depth += tag[1] === "/" ? -1 : 1;
      if (depth === 0) return { from: start.index, to: tags.lastIndex };
    }
    return { from: start.index, to: start.index };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  chunk(): number {
    return this.#pick(CHUNKS);
  }
}

const box = [...makeMessage({ profile: "box-set", seed: 2 }).pieces].join("");
const MANY: readonly (readonly [string, string])[] = [
  ...MESSAGES.map((name) => [name, readMessage(name).toString()] as const),
  ...[0, 1, 2].map((number) => [`small message ${number}`, makeSmallMessage(4, number)] as const),
  ...(["382", "42", "43"] as const).map(
    (version) => [`album of ${version}`, [...makeMessage({ profile: "album", seed: 6, version }).pieces].join("")] as const,
  ),
  // A tenth of its recordings, so that most of its references lead nowhere.
  [
    "box set",
    box.replaceAll(/ {6}<SoundRecording>.*?<\/SoundRecording>\n/gs, (recording) =>
      recording.includes("0</ResourceReference>") ? recording : "",
    ),
  ],
];

describe.each(MANY)("%s", (name, text) => {
  it.each(["joined", "records"] as const)(`shaken ${ROUNDS} times, %s`, async (mode) => {
    const shaker = new Shaker(name.length * 31 + mode.length);
    for (let round = 0; round < ROUNDS; round += 1) {
      const shaken = shaker.shake(text);
      // One pass says of the message what stands before its first composite.
      if (mode === "records" && /<MessageHeader/.test(shaken.replace(/^.*?<[\w:]+Message[^>]*>\s*(<!--.*?-->\s*)*<MessageHeader/s, "")))
        continue;
      const bytes = Buffer.from(shaken);
      const expected = parseMessage(bytes, name, mode);
      const { outcomes, text: written } = await parseAll([{ name, bytes }], { mode, chunkBytes: shaker.chunk() });
      const said = outcomes[0]?.failure ?? outcomes[0]?.stop ?? written;
      if ("code" in expected) expect(said, bytes.toString()).toMatchObject(expected);
      else if (said !== expected.map((line) => `${line}\n`).join(""))
        expect({ said, bytes: bytes.toString() }).toEqual({ said: expected, bytes: "" });
    }
  });
});
