/** Releases: of ERN 3.8, and Release, TrackRelease and ClipRelease of ERN 4. */
import { at } from "./by-family.ts";
import { CREDIT } from "./party.ts";
import { RELEASE_IDS, recordShape } from "./record.ts";
import { ADDITIONAL_TITLES, DISPLAY_ARTIST_FIELDS, lineFields, TITLE_FIELDS, WARNING_FIELDS } from "./resource.ts";
import { RESOURCE_GROUP } from "./resource-group.ts";
import type { Field, Shape } from "./shape.ts";
import { DATE, GENRE, LINE, TERRITORIES, TITLE } from "./variants.ts";

const TERRITORY: Shape = {
  name: "releaseTerritory",
  fields: [
    ...TERRITORIES,
    { key: "title", kind: "chosen", from: ["titles.text"] },
    { key: "titles", kind: "objects", shape: TITLE, at: "Title" },
    { key: "displayArtist", kind: "text", at: "DisplayArtistName" },
    { key: "artists", kind: "objects", shape: CREDIT, at: "DisplayArtist" },
    { key: "label", kind: "text", at: "LabelName" },
    { key: "genre", kind: "text", at: "Genre/GenreText" },
    { key: "subGenre", kind: "text", at: "Genre/SubGenre" },
    { key: "genres", kind: "objects", shape: GENRE, at: "Genre", ifMany: true },
    { key: "releaseDate", kind: "text", at: "ReleaseDate" },
    { key: "originalReleaseDate", kind: "text", at: "OriginalReleaseDate" },
    { key: "parentalWarning", kind: "code", at: "ParentalWarningType" },
    { key: "pLine", kind: "object", shape: LINE, at: "PLine" },
    { key: "cLine", kind: "object", shape: LINE, at: "CLine" },
    { key: "groups", kind: "objects", shape: RESOURCE_GROUP, at: "ResourceGroup", hidden: true },
  ],
};

/** ERN 4: a reference to a party. */
const LABEL: Shape = {
  name: "label",
  fields: [
    { key: "name", kind: "joined", join: "partyName", of: "partyRef" },
    { key: "partyRef", kind: "text", at: "" },
    { key: "type", kind: "text", at: "@LabelType" },
    { key: "territory", kind: "text", at: "@ApplicableTerritoryCode" },
    { key: "default", kind: "flag", at: "@IsDefault" },
  ],
};

function dateFields(key: string, element: string): readonly Field[] {
  return [
    { key, kind: "chosen", from: [`territoryDetails.${key}`, `${key}s.date`] },
    { key: `${key}s`, kind: "objects", shape: DATE, at: at(`Global${element}`, element), ifMany: true },
  ];
}

const OWN: readonly Field[] = [
  { key: "ref", kind: "text", at: "ReleaseReference" },
  { key: "kind", kind: "element", at: [] },
  { key: "isMain", kind: "flag", at: "@IsMainRelease" },
  { key: "releaseTypes", kind: "codes", at: at(["ReleaseType", "ReleaseDetailsByTerritory/ReleaseType"], "ReleaseType") },
  { key: "ids", kind: "object", shape: RELEASE_IDS, at: "" },
  ...TITLE_FIELDS,
  ADDITIONAL_TITLES,
  ...DISPLAY_ARTIST_FIELDS,
  { key: "label", kind: "chosen", from: ["labels.name"], in: ["4.1", "4.3"] },
  { key: "label", kind: "chosen", from: ["territoryDetails.label"], in: ["3.8"] },
  { key: "labels", kind: "objects", shape: LABEL, at: at([], "ReleaseLabelReference"), ifMany: true },
  { key: "genre", kind: "chosen", from: ["genres.genre"], in: ["4.1", "4.3"] },
  { key: "genre", kind: "chosen", from: ["territoryDetails.genre"], in: ["3.8"] },
  { key: "subGenre", kind: "chosen", from: ["genres.subGenre"], in: ["4.1", "4.3"] },
  { key: "subGenre", kind: "chosen", from: ["territoryDetails.subGenre"], in: ["3.8"] },
  { key: "genres", kind: "objects", shape: GENRE, at: "Genre", in: ["4.1", "4.3"] },
  { key: "genres", kind: "chosen", from: ["territoryDetails.genres"], in: ["3.8"] },
  ...dateFields("releaseDate", "ReleaseDate"),
  ...dateFields("originalReleaseDate", "OriginalReleaseDate"),
  ...WARNING_FIELDS,
  ...lineFields("pLine"),
  ...lineFields("cLine"),
  { key: "durationMs", kind: "milliseconds", at: "Duration" },
  { key: "territoryDetails", kind: "objects", shape: TERRITORY, at: { "3.8": "ReleaseDetailsByTerritory" }, ifMany: true },
];

/** What the joins start from. */
function resourceFields(flags: { readonly hidden?: true }): readonly Field[] {
  return [
    { key: "groups", kind: "chosen", from: ["territoryDetails.groups"], in: ["3.8"], ...flags },
    { key: "groups", kind: "objects", shape: RESOURCE_GROUP, at: "ResourceGroup", in: ["4.1", "4.3"], ...flags },
    {
      key: "resourceRefs",
      kind: "texts",
      at: at("ReleaseResourceReferenceList/ReleaseResourceReference", ["ReleaseResourceReference", "LinkedReleaseResourceReference"]),
      ...flags,
    },
  ];
}

/** With all it refers to. */
export const RELEASE: Shape = recordShape("release", [
  ...OWN,
  ...resourceFields({ hidden: true }),
  { key: "tracks", kind: "joined", join: "tracks" },
  { key: "images", kind: "joined", join: "images" },
  { key: "videos", kind: "joined", join: "videos" },
  { key: "texts", kind: "joined", join: "texts" },
  { key: "trackCount", kind: "joined", join: "trackCount" },
  { key: "discCount", kind: "joined", join: "discCount" },
  { key: "deals", kind: "joined", join: "deals" },
]);

/** As it stands in the message. */
export const RELEASE_RECORD: Shape = recordShape("release", [...OWN, ...resourceFields({})]);
