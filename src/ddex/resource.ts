/** What all resources share, whatever their element, and those that are neither sound nor moving pictures. */
import { at } from "./by-family.ts";
import { fileShape, type Medium } from "./file.ts";
import { CREDIT } from "./party.ts";
import { NAMED_ID } from "./record.ts";
import type { Field, Shape } from "./shape.ts";
import { LINE, LINE_VARIANT, TERRITORIES, TEXT, TITLE, WARNING } from "./variants.ts";

/** How the elements of a resource are named in ERN 3.8: SoundRecordingType, SoundRecordingId, SoundRecordingDetailsByTerritory. */
export type Stem = string;

/** What a block of ERN 3.8 says of a resource in some territories. */
export function territoryShape(stem: Stem, medium: Medium): Shape {
  return {
    name: `${stem}Territory`,
    fields: [
      ...TERRITORIES,
      { key: "title", kind: "chosen", from: ["titles.text"] },
      { key: "titles", kind: "objects", shape: TITLE, at: "Title" },
      { key: "displayArtist", kind: "text", at: "DisplayArtistName" },
      { key: "artists", kind: "objects", shape: CREDIT, at: "DisplayArtist" },
      { key: "contributors", kind: "objects", shape: CREDIT, at: ["ResourceContributor", "IndirectResourceContributor"] },
      { key: "label", kind: "text", at: "LabelName" },
      { key: "parentalWarning", kind: "code", at: "ParentalWarningType" },
      { key: "explicit", kind: "explicit", at: "ParentalWarningType", hidden: true },
      { key: "pLine", kind: "object", shape: LINE, at: "PLine" },
      { key: "files", kind: "objects", shape: fileShape(medium), at: `Technical${stem}Details` },
    ],
  };
}

/** A record of its own has its type under another key. */
export function typeField(stem: Stem, key: string): Field {
  return { key, kind: "code", at: at(`${stem}Type`, "Type") };
}

/** The title, and the other titles where there are several. */
export const TITLE_FIELDS: readonly Field[] = [
  { key: "title", kind: "chosen", from: ["ownTitles.text", "territoryDetails.title"], in: ["3.8"] },
  { key: "title", kind: "chosen", from: ["titles.text", "titleTexts.text"], in: ["4.1", "4.3"] },
  { key: "subTitle", kind: "chosen", from: ["ownTitles.subTitle"], in: ["3.8"] },
  { key: "subTitle", kind: "chosen", from: ["titles.subTitle"], in: ["4.1", "4.3"] },
  { key: "ownTitles", kind: "objects", shape: TITLE, at: { "3.8": ["ReferenceTitle", "Title"] }, hidden: true },
  { key: "titleTexts", kind: "objects", shape: TEXT, at: { "4.1": "DisplayTitleText", "4.3": "DisplayTitleText" }, hidden: true },
  { key: "titles", kind: "chosen", from: ["territoryDetails.titles"], ifMany: true, in: ["3.8"] },
  { key: "titles", kind: "objects", shape: TITLE, at: "DisplayTitle", ifMany: true, in: ["4.1", "4.3"] },
];

/** The names are those of the release too. */
export const ADDITIONAL_TITLES: Field = {
  key: "additionalTitles",
  kind: "objects",
  shape: TITLE,
  at: { "4.1": "AdditionalTitle", "4.3": ["AdditionalTitle", "FormalTitle", "GroupingTitle"] },
};

export const DISPLAY_ARTIST_FIELDS: readonly Field[] = [
  { key: "displayArtist", kind: "chosen", from: ["displayArtists.text", "territoryDetails.displayArtist"] },
  { key: "displayArtists", kind: "objects", shape: TEXT, at: at([], "DisplayArtistName"), ifMany: true },
  { key: "artists", kind: "chosen", from: ["territoryDetails.artists"], in: ["3.8"] },
  { key: "artists", kind: "objects", shape: CREDIT, at: "DisplayArtist", in: ["4.1", "4.3"] },
];

export const WARNING_FIELDS: readonly Field[] = [
  { key: "parentalWarning", kind: "chosen", from: ["parentalWarnings.code", "territoryDetails.parentalWarning"] },
  { key: "parentalWarnings", kind: "objects", shape: WARNING, at: at([], "ParentalWarningType"), ifMany: true },
];

/** `pLine` or `cLine`, with its variants in ERN 4. */
export function lineFields(key: "pLine" | "cLine"): readonly Field[] {
  const element = key === "pLine" ? "PLine" : "CLine";
  return [
    { key, kind: "chosen", from: [`territoryDetails.${key}`, `${key}s.line`] },
    { key: `${key}s`, kind: "objects", shape: LINE_VARIANT, at: element, ifMany: true },
  ];
}

/** Fields of an image, a text and the like, from `ref` on. */
export function resourceFields(stem: Stem, medium: Medium, typeKey: string): readonly Field[] {
  const file = fileShape(medium);
  return [
    { key: "ref", kind: "text", at: "ResourceReference" },
    { key: "kind", kind: "element", at: [] },
    typeField(stem, typeKey),
    { key: "proprietary", kind: "objects", shape: NAMED_ID, at: at(`${stem}Id/ProprietaryId`, "ResourceId/ProprietaryId") },
    ...TITLE_FIELDS,
    ...WARNING_FIELDS,
    { key: "files", kind: "chosen", from: ["territoryDetails.files"], in: ["3.8"] },
    { key: "files", kind: "objects", shape: file, at: "TechnicalDetails", in: ["4.1", "4.3"] },
    {
      key: "territoryDetails",
      kind: "objects",
      shape: territoryShape(stem, medium),
      at: { "3.8": `${stem}DetailsByTerritory` },
      ifMany: true,
    },
  ];
}
