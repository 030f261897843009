/**
 * Objects with columns of numbers, as bytes that shrink well: a length (4 bytes, little-endian), JSON in UTF-8 in which each Float64Array
 * is `{"$":[count,scale]}`, then the columns in the order of the JSON: differences from value to value in units of 1/scale, folded to
 * 0, -1, 1, -2, ..., in groups of seven bits, low ones first, the eighth bit set on all but the last.
 */
const MARK = "$";
/** What is no whole number keeps its thousandths: milliseconds keep microseconds. */
const FRACTIONS = 1000;

/** @param document plain data; no object of it may have "$" as its first key */
export function packColumns(document: object): Uint8Array {
  const columns: { readonly values: Float64Array; readonly scale: number }[] = [];
  const json = JSON.stringify(document, (_key, value: unknown) => {
    if (!(value instanceof Float64Array)) return value;
    const scale = value.every(Number.isInteger) ? 1 : FRACTIONS;
    columns.push({ values: value, scale });
    return { [MARK]: [value.length, scale] };
  });
  const text = new TextEncoder().encode(json);
  const bytes = new ByteList(text.length + 4);
  bytes.add(text.length & 0xff, (text.length >>> 8) & 0xff, (text.length >>> 16) & 0xff, text.length >>> 24);
  bytes.append(text);
  for (const { values, scale } of columns) {
    let before = 0;
    for (const value of values) {
      const now = Math.round(value * scale);
      const by = now - before;
      before = now;
      let rest = by < 0 ? -by * 2 - 1 : by * 2;
      while (rest >= 128) {
        bytes.add((rest % 128) + 128);
        rest = Math.floor(rest / 128);
      }
      bytes.add(rest);
    }
  }
  return bytes.taken();
}

export function unpackColumns(packed: Uint8Array): unknown {
  const textBytes = new DataView(packed.buffer, packed.byteOffset).getUint32(0, true);
  let at = 4 + textBytes;
  const document: unknown = JSON.parse(new TextDecoder().decode(packed.subarray(4, at)));
  /** In the order of writing: a reviver would come to the inner ones first. */
  const restore = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const [count, scale] = (value as { [MARK]?: [number, number] })[MARK] ?? [];
    if (count !== undefined && scale !== undefined) return column(count, scale);
    for (const [key, inner] of Object.entries(value)) (value as Record<string, unknown>)[key] = restore(inner);
    return value;
  };
  const column = (count: number, scale: number): Float64Array => {
    const values = new Float64Array(count);
    let before = 0;
    for (let index = 0; index < count; index += 1) {
      let folded = 0;
      for (let unit = 1; ; unit *= 128) {
        const byte = packed[at] ?? 0;
        at += 1;
        folded += (byte & 127) * unit;
        if (byte < 128) break;
      }
      before += folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      values[index] = before / scale;
    }
    return values;
  };
  return restore(document);
}

/** Bytes, growing. */
class ByteList {
  #bytes: Uint8Array;
  #length = 0;

  constructor(roomBytes: number) {
    this.#bytes = new Uint8Array(roomBytes * 2);
  }

  add(...bytes: number[]): void {
    this.append(bytes);
  }

  append(bytes: ArrayLike<number>): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const wider = new Uint8Array((this.#length + bytes.length) * 2);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  taken(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
