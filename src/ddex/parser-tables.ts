/** The field tables of all families and modes, as the native parser takes them. */
import type { MessageParserOptions, MessageTable } from "../binding/index.ts";
import { CSV_TABLES } from "./columns.ts";
import { compileColumns } from "./compile-columns.ts";
import { compileTable } from "./compile-table.ts";
import { JOINED_TABLE, RECORDS_TABLE } from "./field-table.ts";
import { fieldNames, prunedTable } from "./fields.ts";
import { FAMILIES, type Family, type FieldTable } from "./shape.ts";
import { NAMESPACES, ROOTS, VERSIONS } from "./versions.ts";

const NO_LIST = "none" as const;
const MODES = [JOINED_TABLE, RECORDS_TABLE];

/** @throws UsageError for a field that no record has */
export function checkFields(fields: readonly string[]): void {
  for (const field of fields) {
    if (!fieldNames(RECORDS_TABLE).includes(field)) prunedTable(JOINED_TABLE, [field]);
  }
}

/** @param fields - that records have; none: all */
export function parserTables(fields: readonly string[]): Omit<MessageParserOptions, "files" | "diskLimitBytes"> {
  const tables = MODES.map((table) => withFields(table, fields)).flatMap((table) => FAMILIES.map((family) => messageTable(family, table)));
  const versions = VERSIONS.map(({ name, digits, family }) => {
    const joined = FAMILIES.indexOf(family);
    return { name, digits, joined, records: FAMILIES.length + joined };
  });
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
