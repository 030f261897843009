import { describe, expect, it, test } from "vitest";
import { compileTable } from "../../src/ddex/compile-table.ts";
import { JOINED_TABLE, RECORDS_TABLE } from "../../src/ddex/field-table.ts";
import { FAMILIES, type Family, type Field, type Shape } from "../../src/ddex/shape.ts";
import { fieldsOf } from "./reference/values.ts";

const TABLES = { joined: JOINED_TABLE, records: RECORDS_TABLE };

/** All shapes that one leads to, itself included. */
function reachable(shape: Shape, family: Family, found = new Set<Shape>()): ReadonlySet<Shape> {
  if (found.has(shape)) return found;
  found.add(shape);
  for (const field of fieldsOf(shape, family)) {
    if ("shape" in field && field.shape !== undefined) reachable(innerOf(field.shape), family, found);
  }
  return found;
}
const innerOf = (shape: Shape | (() => Shape)) => (typeof shape === "function" ? shape() : shape);

function shapesOf(family: Family): Shape[] {
  const roots = Object.values(TABLES).flatMap(({ message, composites }) => [message, ...composites.map(({ shape }) => shape)]);
  return [...new Set(roots.flatMap((shape) => [...reachable(shape, family)]))];
}

describe.each(FAMILIES)("the field table of ERN %s", (family) => {
  const shapes = shapesOf(family);
  const find = (shape: Shape, key: string): Field | undefined => fieldsOf(shape, family).find((field) => field.key === key);

  it("has no key twice", () => {
    for (const shape of shapes) {
      const keys = fieldsOf(shape, family).map(({ key }) => key);
      expect(keys, shape.name).toEqual([...new Set(keys)]);
    }
  });

  it("chooses from what is there", () => {
    for (const shape of shapes) {
      for (const field of fieldsOf(shape, family)) {
        for (const from of field.kind === "chosen" ? field.from : []) {
          const [list = "", key] = from.split(".");
          const variants = find(shape, list);
          if (variants?.kind !== "objects") throw new Error(`${shape.name}.${field.key} chooses from ${from}`);
          if (key !== undefined) expect(find(innerOf(variants.shape), key), `${shape.name}.${field.key}: ${from}`).toBeDefined();
        }
        if (field.kind === "joined" && field.of !== undefined) expect(find(shape, field.of), `${shape.name}.${field.key}`).toBeDefined();
      }
    }
  });

  it("compiles", () => {
    for (const { message, composites } of Object.values(TABLES)) {
      const { roots } = compileTable(family, [{ element: "NewReleaseMessage", shape: message }, ...composites]);
      expect(roots).toHaveLength(3 * (composites.length + 1));
    }
  });

  it("asks for more than one of lists alone", () => {
    const lists: readonly Field["kind"][] = ["texts", "codes", "objects", "chosen"];
    for (const shape of shapes) for (const field of fieldsOf(shape, family)) if (field.ifMany) expect(lists).toContain(field.kind);
  });
});

test("a record has the same keys in all families, in the same order", () => {
  for (const shape of new Set(FAMILIES.flatMap(shapesOf))) {
    const [keys, ...others] = FAMILIES.map((family) => fieldsOf(shape, family).map(({ key, hidden }) => (hidden ? [] : key)));
    for (const other of others) expect([...other].sort(), shape.name).toEqual([...(keys ?? [])].sort());
  }
});
