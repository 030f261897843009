/** Namespaces in XML 1.0: which prefixes stand for what. */
import { qualified } from "./names.ts";
import { Refusal } from "./refusal.ts";

const XML = "http://www.w3.org/XML/1998/namespace";
const XMLNS = "http://www.w3.org/2000/xmlns/";

/** Prefixes in scope; "" is the default namespace. */
export type Scope = ReadonlyMap<string, string>;
export const FIRST_SCOPE: Scope = new Map([
  ["", ""],
  ["xml", XML],
]);

export type Attribute = { readonly name: string; readonly value: string; readonly at: number };

/** The scope inside a tag. */
export function scopeOf(outer: Scope, attributes: readonly Attribute[]): Scope {
  const declared = attributes.filter(({ name }) => name === "xmlns" || name.startsWith("xmlns:"));
  if (declared.length === 0) return outer;
  const scope = new Map(outer);
  for (const { name, value, at } of declared) {
    const prefix = name === "xmlns" ? "" : name.slice("xmlns:".length);
    const isXml = prefix === "xml" ? value === XML : value !== XML;
    if (!isXml || prefix === "xmlns" || value === XMLNS || (prefix !== "" && value === "")) throw new Refusal("XML_NAMESPACE", at);
    scope.set(prefix, value);
  }
  return scope;
}

/** The namespace and local name of an element. */
export function elementName(name: string, scope: Scope, at: number): { readonly namespace: string; readonly local: string } {
  const parts = qualified(name);
  if (parts === undefined) throw new Refusal("XML_NAME", at);
  const namespace = scope.get(parts.prefix);
  if (namespace === undefined) throw new Refusal("XML_PREFIX_UNDECLARED", at);
  return { namespace, local: parts.local };
}

/** Throws when a prefix is not declared, or a namespace and local name come twice. */
export function checkAttributes(attributes: readonly Attribute[], scope: Scope): void {
  const seen = new Set<string>();
  for (const { name, at } of attributes) {
    const parts = qualified(name);
    if (parts === undefined) throw new Refusal("XML_NAME", at);
    if (parts.prefix === "" || parts.prefix === "xmlns") continue;
    const namespace = scope.get(parts.prefix);
    if (namespace === undefined) throw new Refusal("XML_PREFIX_UNDECLARED", at);
    const expanded = `${namespace} ${parts.local}`;
    if (seen.has(expanded)) throw new Refusal("XML_ATTRIBUTE_REPEATED", at);
    seen.add(expanded);
  }
}
