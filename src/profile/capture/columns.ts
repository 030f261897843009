/** Rows as bytes: column after column, each value as its difference to the one above, in base 128 with the sign in the lowest bit. */
import { type ColumnName, TABLES, type Table, type TableName } from "./records.ts";

/** Times keep a thousandth of a millisecond; all other columns are whole. */
const TIME_SCALE = 1000;
/** The difference of two such values, doubled for its sign, is a safe integer still: 2 PiB. */
const MOST = 2 ** 51;
/** It takes at most so many groups of 7 bits. */
const LONGEST_BYTES = 8;

const scaleOf = (column: number) => (column === 0 ? TIME_SCALE : 1);

/** @param rows - whole rows, all columns of a row together; values beyond 2 PiB are stored as 0 */
export function encodeRows(name: TableName, rows: Float64Array): Uint8Array {
  const width = TABLES[name].length;
  const bytes = new Uint8Array(rows.length * LONGEST_BYTES);
  let at = 0;
  for (let column = 0; column < width; column += 1) {
    const scale = scaleOf(column);
    let above = 0;
    for (let index = column; index < rows.length; index += width) {
      const scaled = Math.round((rows[index] ?? 0) * scale);
      const value = Math.abs(scaled) <= MOST ? scaled : 0;
      at = putSigned(bytes, at, value - above);
      above = value;
    }
  }
  return bytes.subarray(0, at);
}

/** @returns the columns, or undefined where the bytes are not exactly so many rows */
export function decodeRows<Name extends TableName>(name: Name, rowCount: number, bytes: Uint8Array): Table<Name> | undefined {
  const columns: Record<string, Float64Array> = {};
  const cursor = { bytes, at: 0 };
  for (const [column, columnName] of TABLES[name].entries()) {
    const values = new Float64Array(rowCount);
    const scale = scaleOf(column);
    let above = 0;
    for (let row = 0; row < rowCount; row += 1) {
      const difference = takeSigned(cursor);
      if (difference === undefined) return undefined;
      above += difference;
      values[row] = above / scale;
    }
    columns[columnName] = values;
  }
  return cursor.at === bytes.length ? (columns as Record<ColumnName<Name>, Float64Array>) : undefined;
}

/** Numbers above 2^31 are beyond the shifts of JavaScript, so all is done by division. */
function putSigned(bytes: Uint8Array, from: number, value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let at = from;
  while (rest >= 128) {
    bytes[at] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

function takeSigned(cursor: { readonly bytes: Uint8Array; at: number }): number | undefined {
  let value = 0;
  let unit = 1;
  for (let taken = 0; taken < LONGEST_BYTES; taken += 1) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) return undefined;
    cursor.at += 1;
    value += (byte % 128) * unit;
    if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    unit *= 128;
  }
  return undefined;
}
