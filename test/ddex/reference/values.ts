/** What a shape's paths lead to in an element. */
import type { At, Family, Field, Paths, Shape } from "../../../src/ddex/shape.ts";
import type { Element } from "./element.ts";

export function fieldsOf(shape: Shape, family: Family): readonly Field[] {
  return shape.fields.filter((field) => field.in === undefined || field.in.includes(family));
}

export function fieldOf(shape: Shape, key: string, family: Family): Field {
  const field = fieldsOf(shape, family).find((one) => one.key === key);
  if (field === undefined) throw new RangeError(`${shape.name} has no ${key}`);
  return field;
}

function pathsOf(at: At, family: Family): readonly string[] {
  const isOfFamilies = typeof at === "object" && !Array.isArray(at);
  const paths = isOfFamilies ? ((at as { readonly [F in Family]?: Paths })[family] ?? []) : (at as Paths);
  return typeof paths === "string" ? [paths] : paths;
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || /^[ \t\r\n]*$/.test(text);
}

/** What is at the paths, in the order of the document. */
export function elementsAt(element: Element, at: At, family: Family): Element[] {
  return pathsOf(at, family)
    .flatMap((path) => below(element, path))
    .sort((a, b) => a.at - b.at);
}

/** Values that are not blank, in the order of the document. */
export function valuesAt(element: Element, at: At, family: Family, isCode: boolean): string[] {
  const found: { readonly at: number; readonly value: string | undefined }[] = [];
  for (const path of pathsOf(at, family)) {
    const slash = path.lastIndexOf("/") + 1;
    const isAttribute = path[slash] === "@";
    const owners = isAttribute ? below(element, path.slice(0, Math.max(0, slash - 1))) : below(element, path);
    for (const owner of owners) {
      const userDefined = isCode ? owner.attributes.get("UserDefinedValue") : undefined;
      const text = isBlank(userDefined) ? owner.text : userDefined;
      found.push({ at: owner.at, value: isAttribute ? owner.attributes.get(path.slice(slash + 1)) : text });
    }
  }
  return found.sort((a, b) => a.at - b.at).flatMap(({ value }) => (value === undefined || isBlank(value) ? [] : [value]));
}

function below(element: Element, path: string): Element[] {
  if (path === "") return [element];
  return path
    .split("/")
    .reduce<Element[]>((elements, name) => elements.flatMap(({ children }) => children.filter((child) => child.name === name)), [element]);
}
