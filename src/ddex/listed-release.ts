/** Releases that are told in short: those of a PurgeReleaseMessage and of a CatalogListMessage. */
import { at } from "./by-family.ts";
import { INLINE_CREDIT } from "./party.ts";
import { RELEASE_IDS, recordShape } from "./record.ts";
import type { Field } from "./shape.ts";
import { GENRE, LINE, TERRITORIES, TITLE } from "./variants.ts";

const IDS: Field = { key: "ids", kind: "object", shape: RELEASE_IDS, at: "" };

export const PURGED = recordShape("purge", [
  IDS,
  { key: "title", kind: "chosen", from: ["titles.text"] },
  { key: "subTitle", kind: "chosen", from: ["titles.subTitle"] },
  { key: "titles", kind: "objects", shape: TITLE, at: "Title", ifMany: true },
  { key: "contributors", kind: "objects", shape: INLINE_CREDIT, at: at("ResourceContributor", "Contributor") },
]);

export const CATALOG_ITEM = recordShape("catalog", [
  IDS,
  ...TERRITORIES,
  { key: "title", kind: "text", at: ["DisplayTitle/TitleText", "Title/TitleText"] },
  { key: "subTitle", kind: "text", at: ["DisplayTitle/SubTitle", "Title/SubTitle"] },
  { key: "displayArtist", kind: "text", at: "DisplayArtistName" },
  { key: "contributors", kind: "texts", at: "ContributorName" },
  { key: "label", kind: "text", at: "LabelName" },
  { key: "genres", kind: "objects", shape: GENRE, at: "Genre" },
  { key: "pLine", kind: "object", shape: LINE, at: "PLine" },
  { key: "cLine", kind: "object", shape: LINE, at: "CLine" },
  { key: "releaseDate", kind: "text", at: "ReleaseDate" },
]);
