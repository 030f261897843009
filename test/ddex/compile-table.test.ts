import { describe, expect, it } from "vitest";
import { compileTable } from "../../src/ddex/compile-table.ts";
import { JOINED_TABLE, RECORDS_TABLE } from "../../src/ddex/field-table.ts";
import { FAMILIES, type Family, type Field, type Shape } from "../../src/ddex/shape.ts";
import { fieldsOfShape, nodeAt, rowsOf, stringsOf } from "./compiled.ts";

function compiled(fields: readonly Field[], family: Family = "4.3") {
  return compileTable(family, [{ element: "Song", shape: { name: "song", fields } }]);
}

describe("a compiled table", () => {
  it("leads from paths to slots, in the order of the fields", () => {
    const table = compiled([
      { key: "ref", kind: "text", at: "Ref" },
      { key: "words", kind: "texts", at: ["Text/Word", "@Word"] },
      { key: "type", kind: "code", at: "Ref" },
      { key: "kind", kind: "element", at: "@Kind" },
    ]);
    expect(nodeAt(table, "Song", "")).toMatchObject({ actions: ["name 3^0 Song"], attributes: ["Words 1^0", "Kind 3^0"] });
    expect(nodeAt(table, "Song", "Ref")).toMatchObject({ actions: ["text 0^0", "code 2^0"], attributes: ["UserDefinedValue in place"] });
    expect(nodeAt(table, "Song", "Text")).toMatchObject({ actions: [], attributes: [] });
    expect(nodeAt(table, "Song", "Text/Word")).toMatchObject({ actions: ["texts 1^0"] });
  });

  it("reads paths of a field through elements that open objects of another", () => {
    const artist: Shape = { name: "artist", fields: [{ key: "name", kind: "text", at: "Name" }] };
    const table = compiled([
      { key: "artists", kind: "objects", shape: artist, at: "Artist" },
      { key: "names", kind: "texts", at: "Artist/Name" },
      { key: "first", kind: "object", shape: artist, at: "Artist" },
      { key: "self", kind: "object", shape: artist, at: "" },
    ]);
    expect(nodeAt(table, "Song", "").actions).toEqual(["open 3^0 shape 0"]);
    expect(nodeAt(table, "Song", "Artist").actions).toEqual(["opens 0^1 shape 0", "open 2^2 shape 0"]);
    expect(nodeAt(table, "Song", "Artist/Name").actions).toEqual(["texts 1^3", "text 0^1", "text 0^0"]);
    expect(nodeAt(table, "Song", "Name").actions).toEqual(["text 0^0"]);
  });

  it("ends where shapes hold themselves", () => {
    const group: Shape = {
      name: "group",
      fields: [
        { key: "title", kind: "text", at: "Title" },
        { key: "groups", kind: "objects", shape: () => group, at: "Group" },
      ],
    };
    const table = compileTable("3.8", [{ element: "Group", shape: group }]);
    expect(nodeAt(table, "Group", "Group/Group/Group/Title").actions).toEqual(["text 0^0"]);
    expect(nodeAt(table, "Group", "Group/Group").actions).toEqual(["opens 1^0 shape 0"]);
    expect(table.nodes.length / 6).toBeLessThan(5);
  });

  it("has what is of its family", () => {
    const fields: readonly Field[] = [
      { key: "a", kind: "text", at: { "3.8": "A", "4.3": ["B", "C"] } },
      { key: "b", kind: "text", at: "D", in: ["4.1"] },
      { key: "b", kind: "texts", at: "E", in: ["3.8", "4.3"] },
    ];
    const paths = (family: Family) => [...nodeAt(compiled(fields, family), "Song", "").edges.keys()];
    expect(paths("3.8")).toEqual(["A", "E"]);
    expect(paths("4.1")).toEqual(["D"]);
    expect(paths("4.3")).toEqual(["B", "C", "E"]);
    expect(fieldsOfShape(compiled(fields, "4.1"), 0)).toEqual(['"a": 0 - - - 0 0', '"b": 0 0 - - 0 0']);
    expect(fieldsOfShape(compiled(fields, "4.3"), 0)).toEqual(['"a": 0 0 - - 0 0', '"b": 1 1 - - 0 4']);
  });

  it("says what is chosen from where, and what a join starts from", () => {
    const title: Shape = {
      name: "title",
      fields: [
        { key: "text", kind: "text", at: "" },
        { key: "territories", kind: "codes", at: "Territory" },
        { key: "default", kind: "flag", at: "@IsDefault" },
      ],
    };
    const table = compiled([
      { key: "type", kind: "constant", value: "song" },
      { key: "title", kind: "chosen", from: ["titles.text", "names"] },
      { key: "all", kind: "chosen", from: ["titles.territories"], hidden: true },
      { key: "titles", kind: "objects", shape: title, at: "Title", ifMany: true },
      { key: "names", kind: "objects", shape: title, at: "Name" },
      { key: "ref", kind: "text", at: "Ref" },
      { key: "deals", kind: "joined", join: "deals", of: "ref" },
    ]);
    const constant = stringsOf(table).indexOf("song");
    // Shapes are numbered as they are met: the title is opened by a node of the song.
    expect(fieldsOfShape(table, 1)).toEqual([
      `"type": 9 - - ${constant} 0 0`,
      '"title": 12 - - 0 2 0',
      '"all": 12 - - 2 1 5',
      '"titles": 11 0 0 - 0 6',
      '"names": 11 1 0 - 0 4',
      '"ref": 0 2 - - 0 0',
      '"deals": 13 2 - 8 0 0',
    ]);
    const none = 0xffff_ffff;
    expect(rowsOf(table.choices, 6)).toEqual([
      [0, 0, 0, 2, none, 1],
      [1, none, 0, 2, none, 1],
      [0, 1, 0, 2, none, 1],
    ]);
  });

  it("is refused where shapes contradict themselves", () => {
    const inside: Shape = { name: "inside", fields: [{ key: "self", kind: "object", shape: () => inside, at: "" }] };
    expect(() => compiled([{ key: "x", kind: "object", shape: inside, at: "X" }])).toThrow("inside holds itself at its own element");
    expect(() => compiled([{ key: "x", kind: "text", at: "X" }, { key: "x", kind: "text", at: "Y" }])).toThrow("song has x twice"); // biome-ignore format: one line
    expect(() => compiled([{ key: "x", kind: "object", shape: inside, at: "@X" }])).toThrow("@X is no element");
    expect(() => compiled([{ key: "x", kind: "chosen", from: ["y.z"] }])).toThrow("song chooses from y.z, which are no objects");
    const variants: Field = { key: "y", kind: "objects", shape: { name: "y", fields: [] }, at: "Y" };
    expect(() => compiled([variants, { key: "x", kind: "chosen", from: ["y.z"] }])).toThrow("song chooses y.z, which y has not");
  });

  it("has each of the field table's composites as a root, in their order", () => {
    for (const { message, composites } of [JOINED_TABLE, RECORDS_TABLE]) {
      for (const family of FAMILIES) {
        const table = compileTable(family, [{ element: "", shape: message }, ...composites]);
        const strings = stringsOf(table);
        const names = rowsOf(table.roots, 3).map(([name = 0]) => strings[name]);
        expect(names).toEqual(["", ...composites.map(({ element }) => element)]);
      }
    }
  });
});
