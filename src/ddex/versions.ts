/** Which messages are read: by the name of the root, and the version that its namespace or @MessageSchemaVersionId says. */
import type { Family } from "./shape.ts";

export type Version = {
  /** As records name it. */
  readonly name: string;
  /** The end of its namespace, and of @MessageSchemaVersionId. */
  readonly digits: string;
  readonly family: Family;
};

export const VERSIONS: readonly Version[] = [
  { name: "3.8", digits: "38", family: "3.8" },
  { name: "3.8.1", digits: "381", family: "3.8" },
  { name: "3.8.2", digits: "382", family: "3.8" },
  { name: "3.8.3", digits: "383", family: "3.8" },
  { name: "4.1", digits: "41", family: "4.1" },
  { name: "4.1.1", digits: "411", family: "4.1" },
  { name: "4.2", digits: "42", family: "4.1" },
  { name: "4.3", digits: "43", family: "4.3" },
  { name: "4.3.1", digits: "431", family: "4.3" },
  { name: "4.3.2", digits: "432", family: "4.3" },
];

/** What namespaces of ERN begin with. The second is an earlier one of 4.1.1. */
export const NAMESPACES = ["http://ddex.net/xml/ern/", "http://service.ddex.net/xml/ern/"] as const;

export type Root = {
  /** The local name. */
  readonly element: string;
  /** Its records are made in `records` mode alone. */
  readonly isRecordsOnly?: true;
};
export const ROOTS: readonly Root[] = [
  { element: "NewReleaseMessage" },
  { element: "PurgeReleaseMessage" },
  { element: "CatalogListMessage", isRecordsOnly: true },
];

/**
 * A namespace of ERN decides. Where the root is in none, the last digits of the attribute do: "ern/382", "/ern/382/", "382".
 *
 * @returns undefined for versions that are not read
 */
export function versionOf(namespace: string, messageSchemaVersionId: string): Version | undefined {
  const start = NAMESPACES.find((prefix) => namespace.startsWith(prefix));
  const digits = start === undefined ? /\d+(?=\D*$)/.exec(messageSchemaVersionId)?.[0] : namespace.slice(start.length);
  return VERSIONS.find((version) => version.digits === digits);
}
