/** The field table for one family of versions as the native mapper and writer take it: CompiledTable says what the numbers are. */
import type { CompiledTable } from "../binding/index.ts";
import { NodeCompiler } from "./compile-nodes.ts";
import { NO_ROW, Rows, Strings } from "./compiled-rows.ts";
import { fieldsOf, LISTS, shapeOf } from "./path-tree.ts";
import type { Family, Field, Shape } from "./shape.ts";
import { JOINS } from "./shape.ts";

/** An element that is read on its own, and what is made of it. */
export type CompiledRoot = { readonly element: string; readonly shape: Shape };

/** In the order of FieldKind in native/xml/field_table.h. */
const FIELD_KINDS = [
  "text",
  "texts",
  "code",
  "codes",
  "element",
  "flag",
  "integer",
  "milliseconds",
  "explicit",
  "constant",
  "object",
  "objects",
  "chosen",
  "joined",
] as const satisfies readonly Field["kind"][];
const HIDDEN = 1;
const IF_MANY = 2;
const LIST = 4;

/**
 * @param elements - their roots are in this order
 * @throws RangeError when the shapes contradict themselves
 */
export function compileTable(family: Family, elements: readonly CompiledRoot[]): CompiledTable {
  const strings = new Strings();
  const nodes = new NodeCompiler(family, strings);
  const roots = new Rows(3);
  for (const { element, shape } of elements) roots.add(strings.add(element), nodes.root(element, shape), nodes.numberOf(shape));
  const [fields, shapes, choices] = [new Rows(7), new Rows(4), new Rows(6)];
  let slots = 0;
  // Shapes of joined fields are met here, and have shapes of their own.
  for (let number = 0; number < nodes.shapes.length; number++) {
    const shape = nodes.shapes[number] as Shape;
    const own = fieldsOf(shape, family);
    const slotCount = nodes.slotsOf(shape).size;
    shapes.add(fields.count, own.length, slots, slotCount);
    slots += slotCount;
    for (const field of own) {
      const key = strings.add(`${JSON.stringify(field.key)}:`);
      const flags = (field.hidden ? HIDDEN : 0) | (field.ifMany ? IF_MANY : 0) | (isList(field, shape) ? LIST : 0);
      fields.add(key, FIELD_KINDS.indexOf(field.kind), ...sourceOf(field, shape), flags);
    }
  }

  function sourceOf(field: Field, of: Shape): [slot: number, shape: number, argument: number, choices: number] {
    const shape = "shape" in field && field.shape !== undefined ? nodes.numberOf(shapeOf(field.shape)) : NO_ROW;
    if (field.kind === "joined") return [slotOf(of, field.of), shape, JOINS.indexOf(field.join), 0];
    if (field.kind === "constant") return [NO_ROW, NO_ROW, strings.add(field.value), 0];
    if (field.kind !== "chosen") return [slotOf(of, field.key), shape, NO_ROW, 0];
    const first = choices.count;
    for (const from of field.from) choices.add(...choiceOf(from, of));
    return [NO_ROW, NO_ROW, first, field.from.length];
  }

  function choiceOf(from: string, of: Shape): number[] {
    const { list, variant, taken } = chosenFrom(from, of);
    const slots = ["default", "territory", "territories"].map((name) => slotOf(variant, name));
    return [slotOf(of, list), taken === undefined ? NO_ROW : fieldsOf(variant, family).indexOf(taken), nodes.numberOf(variant), ...slots];
  }

  function chosenFrom(from: string, of: Shape): { readonly list: string; readonly variant: Shape; readonly taken: Field | undefined } {
    const [list = "", key] = from.split(".");
    const variants = fieldsOf(of, family).find((field) => field.key === list);
    if (variants?.kind !== "objects") throw new RangeError(`${of.name} chooses from ${from}, which are no objects`);
    const variant = shapeOf(variants.shape);
    const taken = fieldsOf(variant, family).find((field) => field.key === key);
    if (key !== undefined && taken === undefined) throw new RangeError(`${of.name} chooses ${from}, which ${variant.name} has not`);
    return { list, variant, taken };
  }

  /** Whether [] stands where nothing is. */
  function isList(field: Field, of: Shape): boolean {
    if (field.kind === "joined") return field.join === "partyIds";
    if (field.kind !== "chosen") return LISTS.has(field.kind);
    const { variant, taken } = chosenFrom(field.from[0], of);
    return taken !== undefined && isList(taken, variant);
  }

  function slotOf(shape: Shape, key: string | undefined): number {
    return (key === undefined ? undefined : nodes.slotsOf(shape).get(key)) ?? NO_ROW;
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
