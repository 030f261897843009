/** Which resources a release mentions, in which order, and where they stand. */
import { RELEASE } from "../../../src/ddex/release.ts";
import { RESOURCE_GROUP } from "../../../src/ddex/resource-group.ts";
import type { Shape } from "../../../src/ddex/shape.ts";
import type { Element } from "./element.ts";
import { chosenOf, type Surroundings, shapeOf } from "./map.ts";
import { integerOf } from "./typed.ts";
import { elementsAt, fieldOf, valuesAt } from "./values.ts";

type Component = { readonly number: number };
export type Mention = {
  readonly ref: string;
  /** The group's item, and the component that is in. */
  readonly item?: Element;
  readonly component?: Component | undefined;
};
export type Mentions = {
  readonly mentions: readonly Mention[];
  /** Sequence numbers that do not ascend. */
  readonly outOfOrder: readonly string[];
};

const items = fieldOf(RESOURCE_GROUP, "items", "4.3");
export const ITEM: Shape = items.kind === "objects" ? shapeOf(items) : RESOURCE_GROUP;
/** Groups that are no components. */
const PARTS = ["MultiWorkPart", "Side"];

function textsOf(element: Element, shape: Shape, key: string, around: Surroundings): string[] {
  const field = fieldOf(shape, key, around.family);
  return "at" in field ? valuesAt(element, field.at, around.family, false) : [];
}

function objectsIn(element: Element, shape: Shape, key: string, around: Surroundings): Element[] {
  const field = fieldOf(shape, key, around.family);
  if (field.kind === "objects") return elementsAt(element, field.at, around.family);
  const choice = field.kind === "chosen" ? chosenOf(field, element, shape, around) : undefined;
  return choice?.field === undefined ? [] : objectsIn(choice.element, choice.shape, choice.field.key, around);
}

function componentsOf(tops: readonly Element[], around: Surroundings): ReadonlyMap<Element, Component> {
  const isPart = (group: Element) => PARTS.includes(textsOf(group, RESOURCE_GROUP, "type", around)[0] ?? "");
  const inside = tops.length === 1 ? objectsIn(tops[0] as Element, RESOURCE_GROUP, "groups", around).filter((group) => !isPart(group)) : [];
  const components = inside.length > 0 ? inside : tops;
  return new Map(
    components.map((group, index) => [group, { number: integerOf(textsOf(group, RESOURCE_GROUP, "seq", around)[0] ?? "") ?? index + 1 }]),
  );
}

export function mentionsOf(release: Element, around: Surroundings): Mentions {
  const tops = objectsIn(release, RELEASE, "groups", around);
  const components = componentsOf(tops, around);
  const primary: Mention[] = [];
  const secondary: Mention[] = [];
  const outOfOrder: string[] = [];

  function walk(group: Element, outer: Component | undefined): void {
    const component = components.get(group) ?? outer;
    for (const inner of objectsIn(group, RESOURCE_GROUP, "groups", around)) walk(inner, component);
    let last: number | undefined;
    for (const item of objectsIn(group, RESOURCE_GROUP, "items", around)) {
      const [seq = ""] = textsOf(item, ITEM, "seq", around);
      const number = integerOf(seq);
      if (number !== undefined && last !== undefined && number <= last) outOfOrder.push(seq);
      last = number ?? last;
      const [ref] = textsOf(item, ITEM, "ref", around);
      if (ref !== undefined) primary.push({ ref, item, component });
      for (const linked of textsOf(item, ITEM, "linked", around)) secondary.push({ ref: linked });
    }
    for (const linked of textsOf(group, RESOURCE_GROUP, "linked", around)) secondary.push({ ref: linked });
  }

  for (const top of tops) walk(top, undefined);
  for (const ref of textsOf(release, RELEASE, "resourceRefs", around)) secondary.push({ ref });
  const seen = new Set(primary.map(({ ref }) => ref));
  const others = secondary.filter(({ ref }) => !seen.has(ref) && seen.add(ref));
  return { mentions: [...primary, ...others], outOfOrder };
}
