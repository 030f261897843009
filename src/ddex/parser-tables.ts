/** The field tables of a mode, as the native parser takes them. */
import { nearest, UsageError } from "../base/index.ts";
import type { MessageParserOptions, MessageTable, ParseRequest } from "../binding/index.ts";
import { CSV_TABLES } from "./columns.ts";
import { compileColumns } from "./compile-columns.ts";
import { compileTable } from "./compile-table.ts";
import { JOINED_TABLE, RECORDS_TABLE } from "./field-table.ts";
import { fieldNames, prunedTable, wholeOf } from "./fields.ts";
import { FAMILIES, type Family, type FieldTable } from "./shape.ts";
import { NAMESPACES, ROOTS, VERSIONS } from "./versions.ts";

const NO_LIST = "none" as const;
const TABLES: Readonly<Record<ParseRequest["mode"], FieldTable>> = { joined: JOINED_TABLE, records: RECORDS_TABLE };

/** @throws UsageError for a field that no record of either mode has */
export function checkFields(fields: readonly string[]): void {
  if (fields.length === 0) return;
  const known = [...new Set(Object.values(TABLES).flatMap(fieldNames))];
  for (const field of fields) {
    if (known.includes(field)) continue;
    const whole = wholeOf(field, known);
    const meant = whole ?? nearest(field, known);
    const mended = fields.map((each) => (each === field ? meant : each)).join();
    const hint = meant === undefined ? "docs/PARSE-FIELDS.md lists them" : `--fields ${mended}`;
    const problem = whole === undefined ? `no record has a field ${field}` : `${whole} is kept whole or not at all, and ${field} is in it`;
    throw new UsageError(`--fields: ${problem}`, { hint });
  }
}

type ParserTables = Omit<MessageParserOptions, "files">;
/** Compiling takes 10 to 20 ms, and every parser of a job wants the same. A program may ask for other fields each time. */
const compiled = new Map<string, ParserTables>();
const MOST_COMPILED = 8;

/** @param fields - that records have; none: all */
export function parserTables(mode: ParseRequest["mode"], fields: readonly string[]): ParserTables {
  const key = [mode, ...fields].join();
  const tables = compiled.get(key) ?? compiledTables(mode, fields);
  // As the one that was asked for last.
  compiled.delete(key);
  compiled.set(key, tables);
  for (const oldest of [...compiled.keys()].slice(0, -MOST_COMPILED)) compiled.delete(oldest);
  return tables;
}

function compiledTables(mode: ParseRequest["mode"], fields: readonly string[]): ParserTables {
  const table = withFields(TABLES[mode], fields);
  const tables = FAMILIES.map((family) => messageTable(family, table));
  const versions = VERSIONS.map(({ name, digits, family }) => ({ name, digits, table: FAMILIES.indexOf(family) }));
  const roots = ROOTS.map(({ element, isRecordsOnly = false }) => ({ element, isRecordsOnly }));
  return { tables, versions, roots, namespaces: NAMESPACES, columns: CSV_TABLES.map(compileColumns) };
}

function withFields(table: FieldTable, fields: readonly string[]): FieldTable {
  if (fields.length === 0) return table;
  const known = fieldNames(table);
  return prunedTable(
    table,
    fields.filter((field) => known.includes(field)),
  );
}

function messageTable(family: Family, { message, composites }: FieldTable): MessageTable {
  return {
    compiled: compileTable(family, [{ element: "", shape: message }, ...composites]),
    composites: composites.map(({ list, is: role, reference = "", into = NO_LIST }) => ({ list, role, reference, into })),
  };
}
