/**
 * The words of the field table: what the records of `mm parse` are made of, and where a message has it. The native mapper and writer are driven by
 * it (compile-table.ts), the reference in test/ddex too, and docs/PARSE.md is printed from it.
 */

/** Versions whose elements have the same paths: 3.8, 3.8.1, 3.8.2, 3.8.3 · 4.1, 4.1.1, 4.2 · 4.3, 4.3.1, 4.3.2. */
export type Family = "3.8" | "4.1" | "4.3";
export const FAMILIES = ["3.8", "4.1", "4.3"] as const satisfies readonly Family[];

/**
 * Local names below the element of a shape, by "/", an attribute last with "@": "DealTerms/PriceInformation/@PriceType". "" is the element itself.
 * A single value is the first in document order, a list has all of them, whichever path they are at. Several fields may read one path.
 */
export type Paths = string | readonly string[];
/** Where a field is: in all families, or in those named. In the others it is as if the message did not have it. */
export type At = Paths | { readonly [F in Family]?: Paths };

/**
 * What is made of an element's text, which is its own character data with CDATA and references, as it stands, or of an attribute. One that is empty or
 * white space alone is not there.
 * `text` the first as a string, null when there is none · `texts` all of them · `code` an element's text, and @UserDefinedValue of that element in its
 * place where there is one · `codes` all of them · `element` an attribute of the shape's element, and where it is not there the element's local name ·
 * `flag` true, false (also 1, 0), or null · `integer` a number · `milliseconds` of an ISO 8601 duration, a number ·
 * `explicit` true for Explicit, false for NotExplicit and ExplicitContentEdited, else null.
 * What is no flag, integer or duration is null, and a problem.
 */
type ValueKind = "text" | "texts" | "code" | "codes" | "element" | "flag" | "integer" | "milliseconds" | "explicit";

export type ValueField = { readonly key: string; readonly kind: ValueKind; readonly at: At };
/** Always the same string. */
type ConstantField = { readonly key: string; readonly kind: "constant"; readonly value: string };
/** A record inside: the first element of that path, null when there is none, or all of them. At "" it is of the shape's own element, and always there. */
export type ObjectField = {
  readonly key: string;
  readonly kind: "object" | "objects";
  /** A function where the shape holds itself. */
  readonly shape: Shape | (() => Shape);
  readonly at: At;
};
/**
 * The default among variants. Each of `from` is "list", the chosen object itself, or "list.key", what it has under that key; the first that is there
 * counts, which for a value is that it was read. A list is `objects` of this shape; its default is the first with `default: true`, else the first whose
 * `territory` is or whose `territories` hold Worldwide, else the first.
 */
export type ChosenField = { readonly key: string; readonly kind: "chosen"; readonly from: readonly [string, ...string[]] };
/** Made by joining what lies elsewhere in the message. `of` is the key of a field of this shape that the join starts from. */
export type JoinedField = {
  readonly key: string;
  readonly kind: "joined";
  readonly join: Join;
  readonly of?: string;
  /** Of the records that the join makes, where their composites do not have one of their own. */
  readonly shape?: Shape;
};

/** What each is; docs/PARSE.md tells it in full. */
export const JOINS = [
  /** The input's name. */
  "file",
  /** The version of the message, as versions.ts names it, and the local name of its root. */
  "version",
  "root",
  "messageId",
  /** Composites that a release refers to, by the list they go into. */
  "tracks",
  "videos",
  "images",
  "texts",
  "deals",
  "trackCount",
  "discCount",
  /** Of the group's item that refers to this resource, null where another reference does. */
  "seq",
  "displaySeq",
  "disc",
  /** True or false by the item, else by the field `of` of this shape. */
  "isBonus",
  "isHidden",
  /** `name` and `ids` of the party that field `of` refers to. */
  "partyName",
  "partyIds",
  "problems",
] as const;
export type Join = (typeof JOINS)[number];

/**
 * `hidden`: read for something else, and not written. `ifMany`: a list that is written only where it has more than one. `in`: a field of these
 * families alone; another of the same key stands beside it.
 */
export type Field = (ValueField | ConstantField | ObjectField | ChosenField | JoinedField) & {
  readonly hidden?: true;
  readonly ifMany?: true;
  readonly in?: readonly Family[];
};

export type Shape = {
  readonly name: string;
  /** In the order they are written. */
  readonly fields: readonly Field[];
};

/** Where the resources of a release go that are of an element. */
export type ResourceList = "tracks" | "videos" | "images" | "texts";

/** A part of a message that is read on its own. */
export type Composite = {
  readonly element: string;
  /** The child of the root it is in; "" when that is the root itself. */
  readonly list: string;
  readonly is: "party" | "resource" | "release" | "deal" | "purge" | "catalog";
  /** The child, or the children, that others refer to it by: one index entry each. */
  readonly reference?: string;
  /** Of a resource. */
  readonly into?: ResourceList;
  readonly shape: Shape;
};

/** The shapes of one mode. The element of `message` is the root: its attributes, and those of its children that hold no composites. */
export type FieldTable = {
  readonly message: Shape;
  readonly composites: readonly Composite[];
};
