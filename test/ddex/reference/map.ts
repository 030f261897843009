/** A shape, filled from an element. */
import type { ChosenField, Family, Field, JoinedField, ObjectField, Shape, ValueField } from "../../../src/ddex/shape.ts";
import type { Element } from "./element.ts";
import { explicitOf, flagOf, integerOf, millisecondsOf } from "./typed.ts";
import { elementsAt, fieldOf, fieldsOf, valuesAt } from "./values.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a mapper does not know of itself. */
export type Surroundings = {
  readonly family: Family;
  joined(field: JoinedField, element: Element, shape: Shape): Json;
  /** A text that is no flag, integer or duration where one belongs. */
  odd(code: "INVALID_FLAG" | "INVALID_INTEGER" | "INVALID_DURATION", text: string): void;
};

export function recordOf(shape: Shape, element: Element, around: Surroundings): { readonly [key: string]: Json } {
  const record: Record<string, Json> = {};
  for (const field of fieldsOf(shape, around.family)) {
    if (field.hidden) continue;
    if (field.ifMany && sizeOf(field, element, shape, around) < 2) continue;
    record[field.key] = jsonOf(field, element, shape, around);
  }
  return record;
}

/** How many a list has, before anything is made of it. */
function sizeOf(field: Field, element: Element, shape: Shape, around: Surroundings): number {
  if (field.kind === "objects") return elementsAt(element, field.at, around.family).length;
  if (field.kind === "texts" || field.kind === "codes") return valuesAt(element, field.at, around.family, field.kind === "codes").length;
  if (field.kind !== "chosen") throw new RangeError(`${field.key} is no list`);
  const choice = chosenOf(field, element, shape, around);
  return choice?.field === undefined ? 0 : sizeOf(choice.field, choice.element, choice.shape, around);
}

export function jsonOf(field: Field, element: Element, shape: Shape, around: Surroundings): Json {
  switch (field.kind) {
    case "constant":
      return field.value;
    case "joined":
      return around.joined(field, element, shape);
    case "chosen":
      return chosenValue(field, element, shape, around);
    case "object":
    case "objects":
      return objectsOf(field, element, around);
    default:
      return plainValue(field, element, around);
  }
}

function objectsOf(field: ObjectField, element: Element, around: Surroundings): Json {
  const shape = shapeOf(field);
  const elements = elementsAt(element, field.at, around.family);
  if (field.kind === "objects") return elements.map((one) => recordOf(shape, one, around));
  const [first] = elements;
  return first === undefined ? null : recordOf(shape, first, around);
}

export function shapeOf({ shape }: ObjectField): Shape {
  return typeof shape === "function" ? shape() : shape;
}

function plainValue({ key, kind, at }: ValueField, element: Element, around: Surroundings): Json {
  const values = valuesAt(element, at, around.family, kind === "code" || kind === "codes");
  const [first] = values;
  if (kind === "texts" || kind === "codes") return values;
  if (kind === "element") return first ?? element.name;
  if (first === undefined) return null;
  switch (kind) {
    case "text":
    case "code":
      return first;
    case "explicit":
      return explicitOf(first);
    case "flag":
      return flagOf(first) ?? odd("INVALID_FLAG");
    case "integer":
      return integerOf(first) ?? odd("INVALID_INTEGER");
    case "milliseconds":
      return millisecondsOf(first) ?? odd("INVALID_DURATION");
    default:
      throw new RangeError(`${key} is of an unknown kind`);
  }
  function odd(code: Parameters<Surroundings["odd"]>[0]): null {
    around.odd(code, first as string);
    return null;
  }
}

type Choice = { readonly element: Element; readonly shape: Shape; readonly field: Field | undefined };

/** The variant that is the default of the first list that has what is asked for. */
export function chosenOf(field: ChosenField, element: Element, shape: Shape, around: Surroundings): Choice | undefined {
  for (const from of field.from) {
    const [list = "", key] = from.split(".");
    const variants = fieldOf(shape, list, around.family);
    if (variants.kind !== "objects") throw new RangeError(`${from} is no list of objects`);
    const variant = defaultOf(elementsAt(element, variants.at, around.family), shapeOf(variants), around.family);
    if (variant === undefined) continue;
    const taken = key === undefined ? undefined : fieldOf(shapeOf(variants), key, around.family);
    if (taken === undefined || isThere(taken, variant, shapeOf(variants), around))
      return { element: variant, shape: shapeOf(variants), field: taken };
  }
  return undefined;
}

function isThere(field: Field, element: Element, shape: Shape, around: Surroundings): boolean {
  switch (field.kind) {
    case "constant":
      return true;
    case "joined":
      return field.of !== undefined && isThere(fieldOf(shape, field.of, around.family), element, shape, around);
    case "chosen":
      return chosenOf(field, element, shape, around) !== undefined;
    case "object":
    case "objects":
      return elementsAt(element, field.at, around.family).length > 0;
    case "element":
      return true;
    default:
      return valuesAt(element, field.at, around.family, field.kind === "code" || field.kind === "codes").length > 0;
  }
}

function chosenValue(field: ChosenField, element: Element, shape: Shape, around: Surroundings): Json {
  const choice = chosenOf(field, element, shape, around);
  if (choice === undefined) return isList(field, shape, around.family) ? [] : null;
  if (choice.field === undefined) return recordOf(choice.shape, choice.element, around);
  return jsonOf(choice.field, choice.element, choice.shape, around);
}

/** Whether a field is [] where it is not there. */
function isList(field: Field, shape: Shape, family: Family): boolean {
  if (field.kind === "joined") return field.join === "partyIds";
  if (field.kind !== "chosen") return field.kind === "objects" || field.kind === "texts" || field.kind === "codes";
  const [list = "", key] = field.from[0].split(".");
  const variants = fieldOf(shape, list, family);
  if (variants.kind !== "objects") throw new RangeError(`${list} is no list of objects`);
  return key !== undefined && isList(fieldOf(shapeOf(variants), key, family), shapeOf(variants), family);
}

function defaultOf(variants: readonly Element[], shape: Shape, family: Family): Element | undefined {
  const says = (key: string, test: (value: string) => boolean) => (variant: Element) => {
    const field = fieldsOf(shape, family).find((one) => one.key === key);
    if (field === undefined || !("at" in field)) return false;
    const values = valuesAt(variant, field.at, family, false);
    return (key === "territories" ? values : values.slice(0, 1)).some(test);
  };
  const isWorldwide = (value: string) => value === "Worldwide";
  return (
    variants.find(says("default", (value) => flagOf(value) === true)) ??
    variants.find((variant) => says("territory", isWorldwide)(variant) || says("territories", isWorldwide)(variant)) ??
    variants[0]
  );
}
