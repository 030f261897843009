/** `--fields`: a field table with less in it. What is not asked for is not read either, unless something else is made of it. */
import { shapeOf } from "./path-tree.ts";
import type { Composite, Field, FieldTable, Join, ObjectField, Shape } from "./shape.ts";

/** Read for a join. */
const JOIN_NEEDS: { readonly [J in Join]?: readonly string[] } = {
  tracks: ["groups", "resourceRefs"],
  videos: ["groups", "resourceRefs"],
  images: ["groups", "resourceRefs"],
  texts: ["groups", "resourceRefs"],
  trackCount: ["groups", "resourceRefs"],
  discCount: ["groups", "resourceRefs"],
  deals: ["ref"],
};
/** What a default is known by. */
const VARIANT_KEYS = ["default", "territory", "territories"];
const DEALS = "deals";

/** Keys of records, and keys of what is joined to a release: "tracks.isrc". */
export function fieldNames(table: FieldTable): readonly string[] {
  const keys = recordsOf(table).flatMap((shape) => writtenKeys(shape));
  const joined = table.composites.flatMap((composite) => {
    const list = listOf(composite);
    return keys.includes(list) && !isRecord(composite.shape) ? writtenKeys(joinedShape(composite)).map((key) => `${list}.${key}`) : [];
  });
  return [...new Set([...keys, ...joined])];
}

/** Every record keeps its type, and of the others the fields with these names. */
export function prunedTable(table: FieldTable, names: readonly string[]): FieldTable {
  const wanted = new Set(["type", ...names.map((name) => name.split(".")[0] ?? "")]);
  const message = pruned(table.message, wanted, ["messageId"]);
  return { message, composites: table.composites.map((composite) => prunedComposite(composite, wanted, names)) };
}

/** The field around that one that has no parts to ask for. */
export function wholeOf(name: string, known: readonly string[]): string | undefined {
  const around = name.slice(0, Math.max(name.lastIndexOf("."), 0));
  if (around === "") return undefined;
  const isWhole = known.includes(around) && !known.some((other) => other.startsWith(`${around}.`));
  return isWhole ? around : wholeOf(around, known);
}

function prunedComposite(composite: Composite, wanted: ReadonlySet<string>, names: readonly string[]): Composite {
  if (isRecord(composite.shape)) return { ...composite, shape: pruned(composite.shape, wanted) };
  const list = listOf(composite);
  if (composite.is === "party" || names.includes(list)) return composite;
  const keys = new Set(names.flatMap((name) => (name.startsWith(`${list}.`) ? name.slice(list.length + 1) : [])));
  const shape = pruned(joinedShape(composite), keys);
  return { ...composite, shape: composite.is === "deal" ? withDeals(composite.shape, shape) : shape };
}

function withDeals(shape: Shape, deal: Shape): Shape {
  return { ...shape, fields: shape.fields.map((field) => (field.key === DEALS ? ({ ...field, shape: deal } as ObjectField) : field)) };
}

function recordsOf({ message, composites }: FieldTable): readonly Shape[] {
  return [message, ...composites.map(({ shape }) => shape).filter(isRecord)];
}

function isRecord({ fields }: Shape): boolean {
  return fields[0]?.kind === "constant";
}

function writtenKeys({ fields }: Shape): string[] {
  return fields.flatMap(({ key, hidden }) => (hidden ? [] : key));
}

/** Under which key of a release it is. */
function listOf({ is, into }: Composite): string {
  return is === "deal" ? DEALS : (into ?? "");
}

function joinedShape({ is, shape }: Composite): Shape {
  const deals = shape.fields.find(({ key }) => key === DEALS);
  return is === "deal" && deals?.kind === "objects" ? shapeOf(deals.shape) : shape;
}

/** @param needed - read all the same */
function pruned(shape: Shape, wanted: ReadonlySet<string>, needed: readonly string[] = []): Shape {
  /** By key: what is needed of the objects there; undefined is all. */
  const parts = new Map<string, Set<string> | undefined>();
  const need = (key: string, part?: string): void => {
    const before = parts.get(key);
    const isKnown = parts.has(key);
    if (part === undefined || (isKnown && before === undefined)) parts.set(key, undefined);
    else parts.set(key, new Set([...(before ?? []), part]));
    if (isKnown) return;
    for (const field of shape.fields) if (field.key === key) needFor(field);
  };
  const needFor = (field: Field): void => {
    if (field.kind === "chosen") for (const from of field.from) need(...(from.split(".") as [string, string?]));
    if (field.kind !== "joined") return;
    for (const key of [...(field.of === undefined ? [] : [field.of]), ...(JOIN_NEEDS[field.join] ?? [])]) need(key);
  };
  for (const { key, hidden } of shape.fields) if (wanted.has(key) && !hidden) need(key);
  for (const key of needed) need(key);

  const fields = shape.fields.flatMap((field): Field[] => {
    if (!parts.has(field.key)) return [];
    const part = parts.get(field.key);
    const isObject = field.kind === "object" || field.kind === "objects";
    const small =
      isObject && part !== undefined ? { ...field, shape: pruned(shapeOf(field.shape), new Set(), [...part, ...VARIANT_KEYS]) } : field;
    return [wanted.has(field.key) ? small : { ...small, hidden: true }];
  });
  return { ...shape, fields };
}
