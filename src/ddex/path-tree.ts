/** The paths of a shape's fields as a tree of local names, for one family of versions. */
import type { At, Family, Field, Paths, Shape } from "./shape.ts";

/** Where a value or an object goes: a field's slot, which holds one or all. */
export type Place = { readonly slot: number; readonly isList: boolean };

/** What is at a place below the element of a shape. */
export type PathTree = {
  readonly id: number;
  readonly opens: (Place & { readonly shape: Shape })[];
  readonly texts: Place[];
  /** Texts in whose place a user-defined value stands. */
  readonly codes: Place[];
  /** What is the element's name when nothing else has come by its end. */
  readonly names: Place[];
  readonly attributes: Map<string, Place[]>;
  readonly children: Map<string, PathTree>;
};

export type ShapePaths = { readonly tree: PathTree; readonly slots: ReadonlyMap<string, number> };

export const LISTS: ReadonlySet<Field["kind"]> = new Set(["texts", "codes", "objects"]);

export function shapeOf(shape: Shape | (() => Shape)): Shape {
  return typeof shape === "function" ? shape() : shape;
}

/** By family, since every choice among variants asks for them again. */
const knownFields: Readonly<Record<Family, WeakMap<Shape, readonly Field[]>>> = {
  "3.8": new WeakMap(),
  "4.1": new WeakMap(),
  "4.3": new WeakMap(),
};

export function fieldsOf(shape: Shape, family: Family): readonly Field[] {
  const known = knownFields[family].get(shape);
  if (known !== undefined) return known;
  const fields = shape.fields.filter((field) => field.in === undefined || field.in.includes(family));
  knownFields[family].set(shape, fields);
  return fields;
}

/** @param nextId - numbers the trees of all shapes */
export function pathsOf(shape: Shape, family: Family, nextId: () => number): ShapePaths {
  const tree = emptyTree(nextId());
  const slots = new Map<string, number>();
  const keys = new Set<string>();
  for (const field of fieldsOf(shape, family)) {
    if (keys.has(field.key)) throw new RangeError(`${shape.name} has ${field.key} twice`);
    keys.add(field.key);
    if (field.kind === "chosen" || field.kind === "joined" || field.kind === "constant") continue;
    const paths = pathsIn(field.at, family);
    if (paths.length === 0 && field.kind !== "element") continue;
    const place = { slot: slots.size, isList: LISTS.has(field.kind) };
    slots.set(field.key, place.slot);
    if (field.kind === "element") tree.names.push(place);
    for (const path of paths) addPath(tree, path, field, place, nextId);
  }
  return { tree, slots };
}

function pathsIn(at: At, family: Family): readonly string[] {
  const isOfFamilies = typeof at === "object" && !Array.isArray(at);
  const paths = isOfFamilies ? (at as { readonly [F in Family]?: Paths })[family] : (at as Paths);
  if (paths === undefined) return [];
  return typeof paths === "string" ? [paths] : paths;
}

function addPath(root: PathTree, path: string, field: Field, place: Place, nextId: () => number): void {
  let tree = root;
  const steps = path === "" ? [] : path.split("/");
  const attribute = steps.at(-1)?.startsWith("@") ? steps.pop()?.slice(1) : undefined;
  for (const step of steps) tree = childOf(tree, step, nextId);
  if (field.kind === "object" || field.kind === "objects") {
    if (attribute !== undefined) throw new RangeError(`${path} is no element`);
    tree.opens.push({ ...place, shape: shapeOf(field.shape) });
  } else if (attribute !== undefined) {
    const places = tree.attributes.get(attribute) ?? [];
    tree.attributes.set(attribute, [...places, place]);
  } else {
    (field.kind === "code" || field.kind === "codes" ? tree.codes : tree.texts).push(place);
  }
}

function childOf(tree: PathTree, name: string, nextId: () => number): PathTree {
  const child = tree.children.get(name) ?? emptyTree(nextId());
  tree.children.set(name, child);
  return child;
}

function emptyTree(id: number): PathTree {
  return { id, opens: [], texts: [], codes: [], names: [], attributes: new Map(), children: new Map() };
}
