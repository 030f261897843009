/** docs/PARSE-FIELDS.md, from the tables of src/ddex. */
import { CSV_TABLES, type CsvColumn } from "../../src/ddex/columns.ts";
import { JOINED_TABLE, RECORDS_TABLE } from "../../src/ddex/field-table.ts";
import { LIMIT_CODES, type ProblemCode, RECORD_CODES, STRUCTURE_CODES, XML_CODES } from "../../src/ddex/problem-codes.ts";
import {
  type At,
  type ChosenField,
  type Composite,
  FAMILIES,
  type Family,
  type Field,
  type FieldTable,
  type Join,
  type Paths,
  type Shape,
} from "../../src/ddex/shape.ts";
import { VERSIONS } from "../../src/ddex/versions.ts";
import { fieldOf, fieldsOf } from "./reference/values.ts";

const JOINED: { readonly [J in Join]: (of: string) => string } = {
  file: () => "the input's name",
  version: () => "the version",
  root: () => "the root's name",
  messageId: () => "`messageId` of the message",
  tracks: () => "every SoundRecording and MIDI it mentions",
  videos: () => "every Video it mentions",
  images: () => "every Image it mentions",
  texts: () => "every other resource it mentions",
  deals: () => "every Deal of the ReleaseDeals that refer to it",
  trackCount: () => "entries of `tracks`",
  discCount: () => "components that have a track",
  seq: () => "the item's SequenceNumber",
  displaySeq: () => "the item's DisplaySequence",
  disc: () => "number of the component",
  isBonus: (of) => ["the item's IsBonusResource", ...alternatives(of)].join(", else "),
  isHidden: (of) => ["the item's IsHiddenResource", ...alternatives(of)].join(", else "),
  partyName: (of) => `\`name\` of the party ${of}`,
  partyIds: (of) => `\`ids\` of the party ${of}`,
  problems: () => "what is lost or odd",
};
const alternatives = (of: string) => (of === "" ? [] : [of]);

const JOINED_KINDS: { readonly [J in Join]?: string } = {
  tracks: "list of [SoundRecording](#soundrecording)",
  videos: "list of [Video](#video)",
  images: "list of [Image](#image)",
  texts: "list of [Text](#text)",
  deals: "list of [deal](#deal)",
  trackCount: "number",
  discCount: "number",
  seq: "number",
  disc: "number",
  isBonus: "flag",
  isHidden: "flag",
  partyIds: "list of [partyId](#partyid)",
  problems: "list of {code, message, line, column}",
};
const KINDS: { readonly [K in Field["kind"]]?: string } = {
  texts: "list of texts",
  codes: "list of codes",
  element: "name",
  integer: "number",
  milliseconds: "milliseconds",
  explicit: "flag",
  constant: "text",
};
/** Resources that differ from the one that is printed by their names alone. */
const ALIKE = ["MIDI", "SheetMusic", "Software", "UserDefinedResource"];

const shapeOf = (shape: Shape | (() => Shape)): Shape => (typeof shape === "function" ? shape() : shape);
const link = (name: string) => `[${name}](#${name.toLowerCase()})`;

function pathsOf(at: At, family: Family): readonly string[] {
  const paths = typeof at === "object" && !Array.isArray(at) ? ((at as { readonly [F in Family]?: Paths })[family] ?? []) : (at as Paths);
  return typeof paths === "string" ? [paths] : paths;
}

/** Where a field comes from, below the elements at `above`. */
function sources(field: Field, shape: Shape, family: Family, above: readonly string[]): string[] {
  if (field.kind === "constant") return [`"${field.value}"`];
  if (field.kind === "joined") {
    const of = field.of === undefined ? [] : sources(fieldOf(shape, field.of, family), shape, family, above);
    return [JOINED[field.join](of.join(", "))];
  }
  if (field.kind === "chosen") return [chosenSources(field, shape, family, above).join(", else ")].filter((text) => text !== "");
  if (field.kind === "object" && field.at === "") return ["the element itself"];
  const paths = pathsOf(field.at, family).flatMap((path) => above.map((outer) => join(outer, path)));
  return field.kind === "element" ? [...paths, "the element's name"] : paths;
}

function join(above: string, path: string): string {
  const whole = [above.slice(1, -1), path].filter((part) => part !== "").join("/");
  return whole === "" ? "its text" : `\`${whole}\``;
}

function chosenSources(field: ChosenField, shape: Shape, family: Family, above: readonly string[]): string[] {
  return field.from.flatMap((from) => {
    const [list = "", key] = from.split(".");
    const variants = fieldOf(shape, list, family);
    if (variants.kind !== "objects") throw new RangeError(`${from} is no list of objects`);
    const at = sources(variants, shape, family, above);
    if (at.length === 0) return [];
    const inner = shapeOf(variants.shape);
    return key === undefined ? at : [sources(fieldOf(inner, key, family), inner, family, at).join(", ")];
  });
}

function kindOf(field: Field, shape: Shape, family: Family): string {
  if (field.kind === "joined") return JOINED_KINDS[field.join] ?? "text";
  if (field.kind === "object") return link(shapeOf(field.shape).name);
  if (field.kind === "objects") return `list of ${link(shapeOf(field.shape).name)}`;
  if (field.kind !== "chosen") return KINDS[field.kind] ?? field.kind;
  const [list = "", key] = field.from[0].split(".");
  const variants = fieldOf(shape, list, family);
  const inner = variants.kind === "objects" ? shapeOf(variants.shape) : shape;
  return key === undefined ? link(inner.name) : kindOf(fieldOf(inner, key, family), inner, family);
}

function cells(...texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}

function fieldRows(shape: Shape): string[] {
  const written = FAMILIES.map((family) => fieldsOf(shape, family).filter(({ hidden }) => !hidden));
  const [first = []] = written;
  return first.map(({ key }) => {
    const fields = written.map((fields) => fields.find((field) => field.key === key) as Field);
    const kinds = new Set(fields.map((field, at) => kindOf(field, shape, FAMILIES[at] as Family)));
    const kind = [...kinds].join(" or ") + (fields[0]?.ifMany ? ", if several" : "");
    const [before = "", ...others] = fields.map((field, at) => sources(field, shape, FAMILIES[at] as Family, [""]).join(", "));
    return cells(`\`${key}\``, kind, before, ...(others.every((one) => one === before) && before !== "" ? ["=", "="] : others));
  });
}

function shapeTable(title: string, shape: Shape): string {
  const head = [cells("field", "is", "ERN 3.8", "ERN 4.1, 4.2", "ERN 4.3"), cells("---", "---", "---", "---", "---")];
  return [`### ${title}`, "", ...head, ...fieldRows(shape)].join("\n");
}

/** Shapes inside, each once, and not those of which the first one stands for. */
function innerShapes(roots: readonly Shape[]): Shape[] {
  const found = new Map<string, Shape>();
  const visit = (shape: Shape): void => {
    for (const field of shape.fields) {
      if (!("shape" in field) || field.shape === undefined || field.hidden) continue;
      const inner = shapeOf(field.shape);
      if (found.has(inner.name)) continue;
      found.set(inner.name, inner);
      visit(inner);
    }
  };
  for (const root of roots) visit(root);
  return [...found.values()];
}

function recordTables(): string {
  const records = (table: FieldTable, is: readonly string[], elements: readonly string[]) =>
    table.composites.filter((one) => is.includes(one.is) && elements.includes(one.element));
  const resources = ["SoundRecording", "Video", "Image", "Text"];
  const listed = records(JOINED_TABLE, ["purge", "catalog"], ["PurgedRelease", "CatalogItem"]);
  const shapes = (composites: readonly Composite[]) => composites.map(({ shape }) => shape);
  const joined = [JOINED_TABLE.message, ...shapes([...records(JOINED_TABLE, ["release"], ["Release"]), ...listed])];
  const parts = shapes(records(JOINED_TABLE, ["resource"], resources));
  const roots = [...joined, ...parts, ...shapes(records(JOINED_TABLE, ["party", "deal"], ["Party", "ReleaseDeal"]))];
  const single = records(
    RECORDS_TABLE,
    ["release", "resource", "party", "deal"],
    ["Release", "SoundRecording", "Image", "Party", "ReleaseDeal"],
  );
  return [
    "## Records of joined mode",
    ...joined.map((shape) => shapeTable(shape.name, shape)),
    `## Entries of a release\n\n${ALIKE.slice(0, 1)} is as SoundRecording, and ${ALIKE.slice(1).join(", ")} are as Text, with \`Midi\`, \`SheetMusic\` and so on in the place of their names.`,
    ...parts.map((shape) => shapeTable(shape.name, shape)),
    "## Records of records mode\n\nOther resources differ as above.",
    ...single.map(({ element, shape }) => shapeTable(`${shape.name} of a ${element}`, shape)),
    "## Objects in records",
    ...innerShapes([...roots, ...shapes(single)])
      .filter(({ name }) => !/^(Midi|SheetMusic|Software|UserDefinedResource)/.test(name))
      .map((shape) => shapeTable(shape.name, shape)),
  ].join("\n\n");
}

function csvTables(): string {
  const from: { readonly [F in CsvColumn["from"]]: string } = { release: "release", track: "its track", row: "row" };
  return CSV_TABLES.map(({ name, rows, columns }) => {
    const lists = rows.map(({ list }) => (list === "" ? "release" : `entry of \`${list}\``));
    const last = rows.some(({ as }) => as !== undefined) ? [cells("`as`", `which list: ${rows.map(({ as }) => as).join(", ")}`)] : [];
    const lines = columns.map((column) => cells(`\`${column.name}\``, `\`${column.at}\` of the ${from[column.from]}`));
    return [`### ${name}: a row for each ${lists.join(", each ")}`, "", cells("column", "is"), cells("---", "---"), ...lines, ...last].join(
      "\n",
    );
  }).join("\n\n");
}

function codeTable(title: string, codes: readonly ProblemCode[]): string {
  return [
    `### ${title}`,
    "",
    cells("code", "means"),
    cells("---", "---"),
    ...codes.map(({ code, text }) => cells(`\`${code}\``, text)),
  ].join("\n");
}

export function printedTables(): string {
  return `${[
    "# Fields, columns and codes of `mm parse`",
    "Printed from src/ddex: `npx vitest run test/ddex/documented.test.ts -u` prints it anew. [PARSE.md](PARSE.md) says the rules.",
    `Versions: ${FAMILIES.map((family) =>
      VERSIONS.filter((one) => one.family === family)
        .map(({ name }) => name)
        .join(", "),
    ).join(
      " · ",
    )}. Where a field comes from is told by paths below its element; "else" is the order of what counts when it is not there, "=" is the same as in ERN 3.8.`,
    recordTables(),
    "## CSV columns\n\nA cell of several values has `|` between them.",
    csvTables(),
    "## Codes",
    codeTable("Not well-formed: exit 65", XML_CODES),
    codeTable("Over a limit: exit 65", LIMIT_CODES),
    codeTable("Not read: exit 69", STRUCTURE_CODES),
    codeTable("Problems of a record", RECORD_CODES),
  ].join("\n\n")}\n`;
}
