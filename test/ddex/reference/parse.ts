/** The truth of `mm parse`: a message as lines of NDJSON, made from a tree by the same field table. */
import { JOINED_TABLE, RECORDS_TABLE } from "../../../src/ddex/field-table.ts";
import type { Composite, FieldTable } from "../../../src/ddex/shape.ts";
import { ROOTS, versionOf } from "../../../src/ddex/versions.ts";
import { type Element, placeOf } from "./element.ts";
import { type Found, Joiner, type Message } from "./join.ts";
import { type Json, jsonOf } from "./map.ts";
import { type Document, type Refused, scan } from "./scanner.ts";
import { fieldOf } from "./values.ts";

export type Mode = "joined" | "records";
export type { Refused } from "./scanner.ts";

/** @param file - as the records name it */
export function parseMessage(
  bytes: Uint8Array,
  file: string,
  mode: Mode,
  table: FieldTable = mode === "joined" ? JOINED_TABLE : RECORDS_TABLE,
): readonly string[] | Refused {
  const document = scan(bytes);
  const opened = openMessage(document, file, mode, table);
  if ("code" in opened) return opened;
  const joiner = new Joiner(opened);
  const isWritten = ({ is }: Composite) => mode === "records" || is === "release" || is === "purge";
  const records = opened.found.filter(({ composite }) => isWritten(composite));
  const all: Json[] = [joiner.record(table.message, opened.root)];
  for (const { composite, element } of records) all.push(joiner.record(composite.shape, element));
  return all.map((record) => JSON.stringify(record));
}

/** The root is judged before what is behind it. */
function openMessage(document: Document, file: string, mode: Mode, table: FieldTable): Message | Refused {
  const { root, text, refused } = document;
  if (root === undefined) return refused as Refused;
  const known = ROOTS.find(({ element }) => element === root.name);
  const version = versionOf(root.namespace, root.attributes.get("MessageSchemaVersionId") ?? "");
  const code =
    known === undefined
      ? "UNSUPPORTED_ROOT"
      : version === undefined
        ? "UNSUPPORTED_VERSION"
        : known.isRecordsOnly && mode === "joined"
          ? "RECORDS_ONLY"
          : undefined;
  if (code !== undefined) return { code, ...placeOf(text, root.at) };
  if (refused !== undefined) return refused;
  const { name, family } = version as NonNullable<typeof version>;
  const found = compositesOf(root, table);
  const self = mode === "joined" ? root : before(root, found[0]);
  const message = { file, text, version: name, family, root: self, messageId: null, isJoined: mode === "joined", found };
  const around = { family, odd: () => undefined, joined: () => null };
  return { ...message, messageId: jsonOf(fieldOf(table.message, "messageId", family), self, table.message, around) };
}

/** What has come of a message when its first composite does: records of a single look know no more. */
function before(root: Element, first: Found | undefined): Element {
  const children = root.children.filter(({ at }) => first === undefined || at < first.element.at);
  return { ...root, children };
}

/** In document order. */
function compositesOf(root: Element, { composites }: FieldTable): Found[] {
  const find = (list: string, element: Element): Found[] => {
    const composite = composites.find((one) => one.list === list && one.element === element.name);
    return composite === undefined ? [] : [{ composite, element }];
  };
  return root.children.flatMap((child) => [...find("", child), ...child.children.flatMap((one) => find(child.name, one))]);
}
