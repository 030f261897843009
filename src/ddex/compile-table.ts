/** The field table for one family of versions as the native mapper and writer take it: CompiledTable says what the numbers are. */
import type { CompiledTable } from "../binding/index.ts";
import { NodeCompiler } from "./compile-nodes.ts";
import { NO_ROW, Rows, Strings } from "./compiled-rows.ts";
import { shapeOf } from "./path-tree.ts";
import { type ChosenField, type Family, type Field, JOINS, type Shape } from "./shape.ts";

/** A composite that is read, by the local name of its element. */
export type Composite = { readonly element: string; readonly shape: Shape };

/** In the order of FieldKind in native/xml/field_table.h. */
const FIELD_KINDS = [
  "text",
  "texts",
  "code",
  "codes",
  "flag",
  "integer",
  "milliseconds",
  "object",
  "objects",
  "chosen",
  "joined",
] as const satisfies readonly Field["kind"][];
const HIDDEN = 1;
const IF_MANY = 2;

/** @throws RangeError when the shapes contradict themselves */
export function compileTable(family: Family, composites: readonly Composite[]): CompiledTable {
  const strings = new Strings();
  const nodes = new NodeCompiler(family, strings);
  const roots = new Rows(3);
  for (const { element, shape } of composites) roots.add(strings.add(element), nodes.root(shape), nodes.numberOf(shape));
  const [fields, shapes, choices] = [new Rows(6), new Rows(3), new Rows(4)];
  // Shapes of joined fields are met here, and have shapes of their own.
  for (let number = 0; number < nodes.shapes.length; number++) {
    const shape = nodes.shapes[number] as Shape;
    shapes.add(fields.count, shape.fields.length, nodes.slotsOf(shape).size);
    for (const field of shape.fields) addField(field, shape);
  }

  function addField(field: Field, of: Shape): void {
    const key = strings.add(`${JSON.stringify(field.key)}:`);
    const flags = (field.hidden ? HIDDEN : 0) | (field.ifMany ? IF_MANY : 0);
    fields.add(key, FIELD_KINDS.indexOf(field.kind), ...sourceOf(field, of), flags);
  }

  function sourceOf(field: Field, of: Shape): [slot: number, shape: number, argument: number] {
    const slot = (key: string) => nodes.slotsOf(of).get(key) ?? NO_ROW;
    const shape = "shape" in field && field.shape !== undefined ? nodes.numberOf(shapeOf(field.shape)) : NO_ROW;
    if (field.kind === "joined") return [NO_ROW, shape, JOINS.indexOf(field.join)];
    if (field.kind !== "chosen") return [slot(field.key), shape, NO_ROW];
    const variant = variantOf(field, of);
    return [slot(field.from), nodes.numberOf(variant), addChoice(field, variant)];
  }

  function addChoice({ key, take }: ChosenField, variant: Shape): number {
    const taken = variant.fields.findIndex((field) => field.key === take);
    if (taken < 0) throw new RangeError(`${key} takes ${take}, which ${variant.name} has not`);
    const slot = (name: string) => nodes.slotsOf(variant).get(name) ?? NO_ROW;
    return choices.add(taken, slot("default"), slot("territory"), slot("territories"));
  }

  return {
    ...strings.finish(),
    ...nodes.finish(),
    fields: fields.finish(),
    shapes: shapes.finish(),
    choices: choices.finish(),
    roots: roots.finish(),
  };
}

function variantOf({ key, from }: ChosenField, of: Shape): Shape {
  const variants = of.fields.find((field) => field.key === from);
  if (variants?.kind !== "objects") throw new RangeError(`${of.name}.${key} chooses from ${from}, which are no objects`);
  return shapeOf(variants.shape);
}
