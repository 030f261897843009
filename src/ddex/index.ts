export { CSV_TABLES, type CsvColumn, type CsvRows, type CsvTable } from "./columns.ts";
export { JOINED_TABLE, RECORDS_TABLE } from "./field-table.ts";
export { fieldNames, prunedTable } from "./fields.ts";
export { fewestParserBytes, type OpenParserOptions, openMessageParser, type ParserSizes, wantedParserBytes } from "./message-parser.ts";
export { checkFields } from "./parser-tables.ts";
export { STRUCTURE_CODES } from "./problem-codes.ts";
export { NAMESPACES, ROOTS, type Root, VERSIONS, type Version } from "./versions.ts";
