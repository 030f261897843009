/** Tracks and videos: resources that are played. */
import { at } from "./by-family.ts";
import { deliveredFileShape, fileShape, type Medium } from "./file.ts";
import { CREDIT } from "./party.ts";
import { NAMED_ID } from "./record.ts";
import { DISPLAY_ARTIST_FIELDS, lineFields, type Stem, TITLE_FIELDS, territoryShape, typeField, WARNING_FIELDS } from "./resource.ts";
import type { Field, Shape } from "./shape.ts";

/** ERN 4.3: one sound or picture in several makings, each with an ISRC of its own; the first is the default. */
function editionShape(medium: Medium): Shape {
  return {
    name: `${medium}Edition`,
    fields: [
      { key: "type", kind: "code", at: "Type" },
      { key: "isrc", kind: "text", at: "ResourceId/ISRC" },
      { key: "proprietary", kind: "objects", shape: NAMED_ID, at: "ResourceId/ProprietaryId" },
      { key: "contributors", kind: "objects", shape: CREDIT, at: "EditionContributor" },
      { key: "pLine", kind: "chosen", from: ["pLines.line"] },
      ...lineFields("pLine").slice(1),
      { key: "files", kind: "objects", shape: deliveredFileShape(medium), at: "TechnicalDetails" },
    ],
  };
}

/** From `ref` on: what a track has of itself, whoever refers to it. */
function ownFields(stem: Stem, medium: Medium, typeKey: string): readonly Field[] {
  const editions = `${stem}Edition`;
  return [
    { key: "ref", kind: "text", at: "ResourceReference" },
    typeField(stem, typeKey),
    { key: "isrc", kind: "text", at: { "3.8": `${stem}Id/ISRC`, "4.1": "ResourceId/ISRC" }, in: ["3.8", "4.1"] },
    { key: "isrc", kind: "chosen", from: ["editions.isrc"], in: ["4.3"] },
    {
      key: "proprietary",
      kind: "objects",
      shape: NAMED_ID,
      at: { "3.8": `${stem}Id/ProprietaryId`, "4.1": "ResourceId/ProprietaryId" },
      in: ["3.8", "4.1"],
    },
    { key: "proprietary", kind: "chosen", from: ["editions.proprietary"], in: ["4.3"] },
    ...TITLE_FIELDS,
    { key: "versionType", kind: "code", at: at([], "VersionType") },
    ...DISPLAY_ARTIST_FIELDS,
    { key: "contributors", kind: "chosen", from: ["territoryDetails.contributors"], in: ["3.8"] },
    { key: "contributors", kind: "objects", shape: CREDIT, at: "Contributor", in: ["4.1", "4.3"] },
    { key: "editionContributors", kind: "chosen", from: ["editions.contributors"] },
    { key: "durationIso", kind: "text", at: "Duration" },
    { key: "durationMs", kind: "milliseconds", at: "Duration" },
    { key: "isInstrumental", kind: "flag", at: "IsInstrumental" },
    { key: "isBonusResource", kind: "flag", at: { "3.8": "IsBonusResource" }, hidden: true },
    { key: "isHiddenResource", kind: "flag", at: { "3.8": "IsHiddenResource" }, hidden: true },
    { key: "isBonus", kind: "joined", join: "isBonus", of: "isBonusResource" },
    { key: "isHidden", kind: "joined", join: "isHidden", of: "isHiddenResource" },
    { key: "explicit", kind: "chosen", from: ["parentalWarnings.explicit", "territoryDetails.explicit"] },
    ...WARNING_FIELDS,
    { key: "pLine", kind: "chosen", from: ["editions.pLine", "territoryDetails.pLine", "pLines.line"] },
    ...lineFields("pLine").slice(1),
    { key: "language", kind: "text", at: "LanguageOfPerformance" },
    { key: "files", kind: "chosen", from: ["territoryDetails.files"], in: ["3.8"] },
    { key: "files", kind: "chosen", from: ["editions.files"], in: ["4.3"] },
    { key: "files", kind: "objects", shape: fileShape(medium), at: "TechnicalDetails", in: ["4.1"] },
    {
      key: "territoryDetails",
      kind: "objects",
      shape: territoryShape(stem, medium),
      at: { "3.8": `${stem}DetailsByTerritory` },
      ifMany: true,
    },
    { key: "editions", kind: "objects", shape: editionShape(medium), at: { "4.3": editions }, ifMany: true },
  ];
}

/** As an entry of a release's tracks or videos. */
export function trackFields(stem: Stem, medium: Medium): readonly Field[] {
  return [
    { key: "seq", kind: "joined", join: "seq" },
    { key: "disc", kind: "joined", join: "disc" },
    { key: "displaySeq", kind: "joined", join: "displaySeq" },
    ...ownFields(stem, medium, "type"),
  ];
}

/** As a record of its own. */
export function recordingFields(stem: Stem, medium: Medium): readonly Field[] {
  return [{ key: "kind", kind: "element", at: [] }, ...ownFields(stem, medium, "resourceType")];
}
