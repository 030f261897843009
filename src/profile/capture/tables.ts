/** Tables by the number they have in a file, and rows from columns. */
import { TABLES, type Table, type TableName } from "./records.ts";

/** Their order is part of the format. */
export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

export function columnCount(name: TableName): number {
  return TABLES[name].length;
}

/** All columns of a row together. */
export function rowsOf<Name extends TableName>(name: Name, table: Table<Name>): Float64Array {
  const columns: readonly string[] = TABLES[name];
  const values = table as Readonly<Record<string, Float64Array>>;
  const rowCount = values.atMs?.length ?? 0;
  const rows = new Float64Array(rowCount * columns.length);
  for (const [column, columnName] of columns.entries()) {
    for (let row = 0; row < rowCount; row += 1) rows[row * columns.length + column] = values[columnName]?.[row] ?? 0;
  }
  return rows;
}

/** The columns of such rows. */
export function tableOf<Name extends TableName>(name: Name, rows: Float64Array): Table<Name> {
  const columns: readonly string[] = TABLES[name];
  const rowCount = rows.length / columns.length;
  const at = (column: number) => Float64Array.from({ length: rowCount }, (_, row) => rows[row * columns.length + column] ?? 0);
  return Object.fromEntries(columns.map((columnName, column) => [columnName, at(column)])) as Table<Name>;
}

/** Parts of one table, one after the other. */
export function joinTables<Name extends TableName>(name: Name, parts: readonly Table<Name>[]): Table<Name> {
  const joined: Record<string, Float64Array> = {};
  for (const columnName of TABLES[name] as readonly string[]) {
    const columns = parts.map((part) => (part as Readonly<Record<string, Float64Array>>)[columnName] ?? new Float64Array());
    const values = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
    let at = 0;
    for (const column of columns) {
      values.set(column, at);
      at += column.length;
    }
    joined[columnName] = values;
  }
  return joined as Table<Name>;
}

export function joinRows(parts: readonly Float64Array[]): Float64Array {
  const rows = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    rows.set(part, at);
    at += part.length;
  }
  return rows;
}
