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
  readonly attributes: Map<string, Place[]>;
  /** `every`: below each child of that name, `first`: below the parent's first one alone. */
  readonly children: Map<string, { every?: PathTree; first?: PathTree }>;
};

export type ShapePaths = { readonly tree: PathTree; readonly slots: ReadonlyMap<string, number> };

const LISTS: ReadonlySet<Field["kind"]> = new Set(["texts", "codes", "objects"]);
const FIRST = "[1]";

export function shapeOf(shape: Shape | (() => Shape)): Shape {
  return typeof shape === "function" ? shape() : shape;
}

/** @param nextId - numbers the trees of all shapes */
export function pathsOf(shape: Shape, family: Family, nextId: () => number): ShapePaths {
  const tree = emptyTree(nextId());
  const slots = new Map<string, number>();
  const keys = new Set<string>();
  for (const field of shape.fields) {
    if (keys.has(field.key)) throw new RangeError(`${shape.name} has ${field.key} twice`);
    keys.add(field.key);
    if (field.kind === "chosen" || field.kind === "joined") continue;
    const paths = pathsIn(field.at, family);
    if (paths.length === 0) continue;
    const place = { slot: slots.size, isList: LISTS.has(field.kind) };
    slots.set(field.key, place.slot);
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

function childOf(tree: PathTree, step: string, nextId: () => number): PathTree {
  const which = step.endsWith(FIRST) ? "first" : "every";
  const name = which === "first" ? step.slice(0, -FIRST.length) : step;
  const children = tree.children.get(name) ?? {};
  const child = children[which] ?? emptyTree(nextId());
  tree.children.set(name, { ...children, [which]: child });
  return child;
}

function emptyTree(id: number): PathTree {
  return { id, opens: [], texts: [], codes: [], attributes: new Map(), children: new Map() };
}
