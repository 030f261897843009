/** Namespaces in XML 1.0: which prefixes stand for what. */
import { partsOf } from "./names.ts";
import { Refusal } from "./refusal.ts";

const XML = "http://www.w3.org/XML/1998/namespace";
const XMLNS = "http://www.w3.org/2000/xmlns/";

/** Prefixes in scope; "" is the default namespace. */
export type Scope = ReadonlyMap<string, string>;
export const FIRST_SCOPE: Scope = new Map([
  ["", ""],
  ["xml", XML],
  ["xmlns", XMLNS],
]);

/** Places are of the name, and of what closes the value. */
export type Attribute = { readonly name: string; readonly value: string; readonly at: number; readonly endsAt: number };

/** Throws when it declares what is reserved, or a prefix for no namespace. */
export function checkDeclaration({ name, value, endsAt }: Attribute): void {
  const prefix = declared(name);
  if (prefix === undefined) return;
  const isRight = prefix === "xml" ? value === XML : value !== XML;
  if (!isRight || prefix === "xmlns" || value === XMLNS || (prefix !== "" && value === "")) throw new Refusal("XML_NAMESPACE", endsAt);
}

/** The prefix that an attribute declares. */
function declared(name: string): string | undefined {
  if (name === "xmlns") return "";
  return name.startsWith("xmlns:") ? name.slice("xmlns:".length) : undefined;
}

/** The scope inside a tag. */
export function scopeOf(outer: Scope, attributes: readonly Attribute[]): Scope {
  const scope = new Map(outer);
  for (const { name, value } of attributes) {
    const prefix = declared(name);
    if (prefix !== undefined) scope.set(prefix, value);
  }
  return scope;
}

/** Throws when a prefix is not declared, or a namespace and local name come twice. */
export function checkAttributes(attributes: readonly Attribute[], scope: Scope): void {
  const spaces = attributes.map(({ name, at }) => {
    const [prefix] = partsOf(name);
    const space = prefix === "" ? "" : scope.get(prefix);
    if (space === undefined) throw new Refusal("XML_PREFIX_UNDECLARED", at);
    return space;
  });
  const seen = new Set<string>();
  for (const [index, { name, at }] of attributes.entries()) {
    const expanded = `${spaces[index]} ${partsOf(name)[1]}`;
    if (seen.has(expanded)) throw new Refusal("XML_ATTRIBUTE_REPEATED", at);
    seen.add(expanded);
  }
}

/** The namespace of an element whose tag is at `at`. */
export function elementSpace(name: string, scope: Scope, at: number): string {
  const [prefix] = partsOf(name);
  const space = scope.get(prefix);
  if (space === undefined) throw new Refusal("XML_PREFIX_UNDECLARED", at);
  if (prefix === "xmlns") throw new Refusal("XML_NAMESPACE", at);
  return space;
}
