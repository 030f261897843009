import { describe, expect, it } from "vitest";
import { CSV_TABLES, type CsvTable } from "../../src/ddex/columns.ts";
import { compileColumns } from "../../src/ddex/compile-columns.ts";
import { NO_ROW } from "../../src/ddex/compiled-rows.ts";
import { rowsOf, stringsOf } from "./compiled.ts";

type Place = { readonly column: string | undefined; readonly begins: number; readonly isRow: boolean; readonly as: string | undefined };

/** All keys of a compiled table, by their paths; "" is the record. */
function placesOf(table: CsvTable): ReadonlyMap<string, Place> {
  const compiled = compileColumns(table);
  const strings = stringsOf(compiled);
  const [nodes, edges, columns] = [rowsOf(compiled.nodes, 6), rowsOf(compiled.edges, 2), rowsOf(compiled.columns, 2)];
  const places = new Map<string, Place>();
  const visit = (node: number, path: string) => {
    const [firstEdge = 0, count = 0, column = NO_ROW, begins = NO_ROW, isRow, as = NO_ROW] = nodes[node] ?? [];
    places.set(path, { column: strings[columns[column]?.[0] ?? NO_ROW], begins, isRow: isRow === 1, as: strings[as] });
    for (const [key = 0, child = 0] of edges.slice(firstEdge, firstEdge + count)) {
      visit(child, [...(path === "" ? [] : [path]), JSON.parse(strings[key]?.slice(0, -1) ?? "")].join("."));
    }
  };
  visit(0, "");
  return places;
}

describe("compiled columns", () => {
  it.each(CSV_TABLES)("of $name: each is where its keys lead to, and nothing else is", (table) => {
    const places = placesOf(table);
    const bases = { release: [""], track: ["tracks"], row: table.rows.map(({ list }) => list) };
    const expected = table.columns.flatMap(({ name, from, at }) =>
      bases[from].map((base) => [[base, at].filter((part) => part !== "").join("."), name]),
    );
    const found = [...places].flatMap(([path, { column }]) => (column === undefined ? [] : [[path, column]]));
    expect(found.sort()).toEqual(expected.sort());
    const rows = [...places].filter(([, { isRow }]) => isRow).map(([path, { as }]) => ({ list: path, as }));
    expect(rows.sort((a, b) => a.list.localeCompare(b.list))).toEqual(table.rows.map(({ list, as }) => ({ list, as })));
  });

  it("begin a scope at the record, at a track with rows inside, and at a row", () => {
    const scopes = (name: CsvTable["name"]) =>
      [...placesOf(CSV_TABLES.find((table) => table.name === name) as CsvTable)]
        .filter(([, { begins }]) => begins !== NO_ROW)
        .map(([path, { begins }]) => `${path} ${begins}`);
    expect(scopes("releases")).toEqual([" 0"]);
    expect(scopes("tracks")).toEqual([" 0", "tracks 2"]);
    expect(scopes("parties")).toEqual([" 0", "artists 2", "tracks 1", "tracks.artists 2", "tracks.contributors 2"]);
  });

  it("have what a row is as the last column where a table has rows of several kinds", () => {
    const last = CSV_TABLES.map((table) => {
      const compiled = compileColumns(table);
      return [table.name, stringsOf(compiled)[rowsOf(compiled.columns, 2).at(-1)?.[0] ?? NO_ROW]];
    });
    expect(last).toEqual([
      ["releases", "problems"],
      ["tracks", "fileNames"],
      ["deals", "channels"],
      ["parties", "as"],
    ]);
  });
});
