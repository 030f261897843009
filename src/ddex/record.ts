/** What every record begins and ends with, and identifiers. */
import type { Field, Shape } from "./shape.ts";

/** @param type - what the record's `type` says */
export function recordShape(type: string, fields: readonly Field[]): Shape {
  return {
    name: `${type} record`,
    fields: [
      { key: "type", kind: "constant", value: type },
      { key: "file", kind: "joined", join: "file" },
      { key: "messageId", kind: "joined", join: "messageId" },
      ...fields,
      { key: "problems", kind: "joined", join: "problems" },
    ],
  };
}

/** A value in somebody's own numbering. */
export const NAMED_ID: Shape = {
  name: "namedId",
  fields: [
    { key: "ns", kind: "text", at: "@Namespace" },
    { key: "value", kind: "text", at: "" },
  ],
};

/** Of a release, which may have several ReleaseId in ERN 3.8. */
export const RELEASE_IDS: Shape = {
  name: "releaseIds",
  fields: [
    { key: "grid", kind: "text", at: "ReleaseId/GRid" },
    { key: "icpn", kind: "text", at: "ReleaseId/ICPN" },
    { key: "isrc", kind: "text", at: "ReleaseId/ISRC" },
    { key: "catalogNumber", kind: "object", shape: NAMED_ID, at: "ReleaseId/CatalogNumber" },
    { key: "proprietary", kind: "objects", shape: NAMED_ID, at: "ReleaseId/ProprietaryId" },
  ],
};
