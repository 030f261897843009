/** Problems of one record, as they are written. */
import { MOST_PROBLEMS, RECORD_CODES } from "../../../src/ddex/problem-codes.ts";
import type { Json } from "./map.ts";

export type Place = { readonly line: number; readonly column: number };
export type RecordCode = (typeof RECORD_CODES)[number]["code"];
/** Characters of a value that a problem quotes. */
const MOST_QUOTED = 64;

export class Problems {
  readonly #own: Place;
  readonly #listed: Json[] = [];
  #count = 0;

  constructor(own: Place) {
    this.#own = own;
  }

  get count(): number {
    return this.#count;
  }

  add(code: RecordCode, value: string, place: Place): void {
    if (++this.#count <= MOST_PROBLEMS) this.#listed.push(problem(code, value, place));
  }

  get list(): Json {
    const more = this.#count - this.#listed.length;
    return more === 0 ? this.#listed : [...this.#listed, problem("MORE_PROBLEMS", String(more), this.#own)];
  }
}

function problem(code: RecordCode, value: string, { line, column }: Place): Json {
  const text = RECORD_CODES.find((one) => one.code === code)?.text ?? "";
  const characters = [...value];
  const quoted = characters.length > MOST_QUOTED ? `${characters.slice(0, MOST_QUOTED).join("")}...` : value;
  return { code, message: text.replace("{}", () => quoted), line, column };
}
