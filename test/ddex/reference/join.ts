/** Records of releases, with all that they refer to. */
import type { Composite, Family, JoinedField, ResourceList, Shape } from "../../../src/ddex/shape.ts";
import { type Element, placeOf } from "./element.ts";
import { type Json, jsonOf, recordOf, type Surroundings } from "./map.ts";
import { ITEM, type Mention, mentionsOf } from "./mentions.ts";
import { Problems } from "./problems.ts";
import { fieldOf, valuesAt } from "./values.ts";

export type Found = { readonly composite: Composite; readonly element: Element };
export type Message = {
  readonly file: string;
  readonly text: string;
  readonly version: string;
  readonly family: Family;
  readonly root: Element;
  readonly messageId: Json;
  /** False where records are of composites as they stand: then no party is looked up. */
  readonly isJoined: boolean;
  readonly found: readonly Found[];
};
type Joined = Mention & Found;

/** By their references, in document order. */
function indexOf(message: Message, is: Composite["is"]): Index {
  const index = new Map<string, Found[]>();
  for (const one of message.found.filter(({ composite }) => composite.is === is)) {
    const references = valuesAt(one.element, one.composite.reference ?? [], message.family, false);
    // A ReleaseDeal that names a release twice refers to it once.
    for (const reference of is === "deal" ? new Set(references) : references.slice(0, 1)) {
      const known = index.get(reference);
      if (known === undefined) index.set(reference, [one]);
      else known.push(one);
    }
  }
  return index;
}

type Index = ReadonlyMap<string, readonly Found[]>;
type Indexes = { readonly parties: Index; readonly resources: Index; readonly deals: Index };

export class Joiner {
  readonly #message: Message;
  readonly #indexes: Indexes;

  constructor(message: Message) {
    this.#message = message;
    this.#indexes = { parties: indexOf(message, "party"), resources: indexOf(message, "resource"), deals: indexOf(message, "deal") };
  }

  record(shape: Shape, element: Element): Json {
    return new RecordJoin(this.#message, this.#indexes, element).record(shape, element);
  }
}

class RecordJoin {
  readonly #message: Message;
  readonly #indexes: Indexes;
  readonly #problems: Problems;
  readonly #element: Element;
  #lists: ReadonlyMap<ResourceList, readonly Joined[]> | undefined;

  constructor(message: Message, indexes: Indexes, element: Element) {
    this.#message = message;
    this.#indexes = indexes;
    this.#element = element;
    this.#problems = new Problems(placeOf(message.text, element.at));
  }

  record(shape: Shape, element: Element): Json {
    return recordOf(shape, element, this.#around(element));
  }

  /** @param composite - in which fields are read, for the places of problems */
  #around(composite: Element, mention?: Mention): Surroundings {
    const around: Surroundings = {
      family: this.#message.family,
      odd: (code, text) => this.#problems.add(code, text, placeOf(this.#message.text, composite.at)),
      joined: (field, element, shape) => this.#joined(field, element, shape, composite, mention, around),
    };
    return around;
  }

  #joined(
    field: JoinedField,
    element: Element,
    shape: Shape,
    composite: Element,
    mention: Mention | undefined,
    around: Surroundings,
  ): Json {
    // An item lies in the release, whichever resource it mentions.
    const item = (key: string): Json =>
      mention?.item === undefined ? null : jsonOf(fieldOf(ITEM, key, around.family), mention.item, ITEM, this.#around(this.#element));
    switch (field.join) {
      case "file":
        return this.#message.file;
      case "version":
        return this.#message.version;
      case "root":
        return this.#message.root.name;
      case "messageId":
        return this.#message.messageId;
      case "tracks":
      case "videos":
      case "images":
      case "texts":
        return this.#resolved(composite)
          .get(field.join)
          ?.map((joined) => recordOf(joined.composite.shape, joined.element, this.#around(joined.element, joined))) as Json;
      case "trackCount":
        return this.#resolved(composite).get("tracks")?.length ?? 0;
      case "discCount":
        return new Set(
          this.#resolved(composite)
            .get("tracks")
            ?.flatMap(({ component }) => component ?? []),
        ).size;
      case "deals":
        return this.#dealsOf(element, shape, around);
      case "seq":
      case "displaySeq":
        return item(field.join);
      case "disc":
        return mention?.component?.number ?? null;
      case "isBonus":
      case "isHidden": {
        const isSaid =
          mention?.item !== undefined && valuesAt(mention.item, at(ITEM, field.join, around.family), around.family, false).length > 0;
        return isSaid ? item(field.join) : jsonOf(fieldOf(shape, field.of ?? "", around.family), element, shape, around);
      }
      case "partyName":
        return this.#partyField(field, element, shape, composite, "name") ?? null;
      case "partyIds":
        return this.#partyField(field, element, shape, undefined, "ids") ?? [];
      case "problems":
        return this.#problems.list;
    }
  }

  /** @param reportedAt - where a reference that leads nowhere is a problem */
  #partyField(field: JoinedField, element: Element, shape: Shape, reportedAt: Element | undefined, key: string): Json | undefined {
    const { family, isJoined } = this.#message;
    if (!isJoined) return undefined;
    const [ref] = valuesAt(element, at(shape, field.of ?? "", family), family, false);
    if (ref === undefined) return undefined;
    const party = this.#first(this.#indexes.parties, ref, reportedAt);
    if (party === undefined) return undefined;
    const { shape: partyShape } = party.composite;
    return jsonOf(fieldOf(partyShape, key, family), party.element, partyShape, this.#around(party.element));
  }

  #first(index: Index, ref: string, reportedAt: Element | undefined): Found | undefined {
    const found = index.get(ref) ?? [];
    if (reportedAt !== undefined && found.length !== 1) {
      const place = placeOf(this.#message.text, reportedAt.at);
      this.#problems.add(found.length === 0 ? "MISSING_REFERENCE" : "DUPLICATE_REFERENCE", ref, place);
    }
    return found[0];
  }

  /** Once: what is wrong with it is reported then. */
  #resolved(release: Element): ReadonlyMap<ResourceList, readonly Joined[]> {
    this.#lists ??= this.#resolve(release);
    return this.#lists;
  }

  #resolve(release: Element): ReadonlyMap<ResourceList, readonly Joined[]> {
    const { mentions, outOfOrder } = mentionsOf(release, this.#around(release));
    for (const seq of outOfOrder) this.#problems.add("SEQUENCE_ORDER", seq, placeOf(this.#message.text, release.at));
    const lists = new Map<ResourceList, Joined[]>([
      ["tracks", []],
      ["videos", []],
      ["images", []],
      ["texts", []],
    ]);
    for (const mention of mentions) {
      const found = this.#first(this.#indexes.resources, mention.ref, release);
      if (found !== undefined) lists.get(found.composite.into as ResourceList)?.push({ ...mention, ...found });
    }
    return lists;
  }

  #dealsOf(release: Element, shape: Shape, around: Surroundings): Json {
    const [ref] = valuesAt(release, at(shape, "ref", around.family), around.family, false);
    if (ref === undefined) return [];
    return (this.#indexes.deals.get(ref) ?? []).flatMap(({ element, composite }) => {
      const deals = jsonOf(fieldOf(composite.shape, "deals", around.family), element, composite.shape, this.#around(element));
      return deals as readonly Json[];
    });
  }
}

function at(shape: Shape, key: string, family: Family) {
  const field = fieldOf(shape, key, family);
  return "at" in field ? field.at : [];
}
