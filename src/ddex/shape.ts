/**
 * The words of the field table: what the records of `mm parse` are made of, and where a message has it. The native mapper and writer are driven by
 * it (compile-table.ts), the reference in test/ddex too, and docs/PARSE.md is printed from it.
 */

/** Versions whose elements have the same paths: 3.8, 3.8.1, 3.8.2, 3.8.3 · 4.1, 4.1.1, 4.2 · 4.3, 4.3.1, 4.3.2. */
export type Family = "3.8" | "4.1" | "4.3";
export const FAMILIES = ["3.8", "4.1", "4.3"] as const satisfies readonly Family[];

/**
 * Local names below the element of a shape, by "/", an attribute last with "@": "DealTerms/PriceInformation/@PriceType". "" is the element itself;
 * "Edition[1]/PLine" looks into the first Edition alone. A single value is the first in document order, a list has all of them, whichever path they are at.
 */
export type Paths = string | readonly string[];
/** Where a field is: in all families, or in those named. */
export type At = Paths | { readonly [F in Family]?: Paths };

/**
 * What is made of an element's text, which is its character data with CDATA and references, as it stands, or of an attribute:
 * `text` the first as a string, null when there is none · `code` the same, and @UserDefinedValue in the text's place where there is one · `codes` all
 * of them · `texts` all of them · `flag` true, false, or null · `integer` a number · `milliseconds` of an ISO 8601 duration, a number.
 * What is no flag, integer or duration is null, and a problem.
 */
export type ValueKind = "text" | "texts" | "code" | "codes" | "flag" | "integer" | "milliseconds";

export type ValueField = { readonly key: string; readonly kind: ValueKind; readonly at: At };
/** A record inside: the first element of that path, null when there is none, or all of them. */
export type ObjectField = {
  readonly key: string;
  readonly kind: "object" | "objects";
  /** A function where the shape holds itself. */
  readonly shape: Shape | (() => Shape);
  readonly at: At;
};
/**
 * A value of the default among variants that are `objects` of the same shape: the first with `default: true`, else the first whose `territory` is or
 * `territories` hold Worldwide, else the first.
 */
export type ChosenField = { readonly key: string; readonly kind: "chosen"; readonly from: string; readonly take: string };
/** Made by joining what lies elsewhere in the message; join.ts says how each is found. */
export type JoinedField = { readonly key: string; readonly kind: "joined"; readonly join: Join; readonly shape?: Shape };
export const JOINS = ["tracks", "images", "videos", "texts", "deals", "partyName", "partyIds", "problems"] as const;
export type Join = (typeof JOINS)[number];

/** `hidden`: read for a join, and not written. `ifMany`: a list that is written only where it has more than one. */
export type Field = (ValueField | ObjectField | ChosenField | JoinedField) & { readonly hidden?: true; readonly ifMany?: true };

export type Shape = {
  readonly name: string;
  /** In the order they are written. */
  readonly fields: readonly Field[];
};
