/** What is given in several languages or for several territories, one of which is the default. */
import type { Field, Shape } from "./shape.ts";

const LANGUAGE: Field = { key: "lang", kind: "text", at: "@LanguageAndScriptCode" };
const TERRITORY: Field = { key: "territory", kind: "text", at: "@ApplicableTerritoryCode" };
const DEFAULT: Field = { key: "default", kind: "flag", at: "@IsDefault" };

export const TITLE: Shape = {
  name: "title",
  fields: [
    { key: "text", kind: "text", at: "TitleText" },
    { key: "subTitle", kind: "text", at: "SubTitle" },
    { key: "type", kind: "element", at: "@TitleType" },
    { key: "lang", kind: "text", at: ["@LanguageAndScriptCode", "TitleText/@LanguageAndScriptCode"] },
    TERRITORY,
    DEFAULT,
  ],
};

export const GENRE: Shape = {
  name: "genre",
  fields: [
    { key: "genre", kind: "text", at: "GenreText" },
    { key: "subGenre", kind: "text", at: "SubGenre" },
    LANGUAGE,
    TERRITORY,
    DEFAULT,
  ],
};

/** A title as one string, or an artist's name as it is displayed. */
export const TEXT: Shape = { name: "textVariant", fields: [{ key: "text", kind: "text", at: "" }, LANGUAGE, TERRITORY, DEFAULT] };

export const DATE: Shape = { name: "date", fields: [{ key: "date", kind: "text", at: "" }, TERRITORY, DEFAULT] };

export const WARNING: Shape = {
  name: "warning",
  fields: [{ key: "code", kind: "code", at: "" }, { key: "explicit", kind: "explicit", at: "", hidden: true }, TERRITORY, DEFAULT],
};

const YEAR_AND_TEXT: readonly Field[] = [
  { key: "year", kind: "text", at: "Year" },
  { key: "text", kind: "text", at: ["PLineText", "CLineText"] },
];
export const LINE: Shape = { name: "line", fields: YEAR_AND_TEXT };
export const LINE_VARIANT: Shape = {
  name: "lineVariant",
  fields: [...YEAR_AND_TEXT, LANGUAGE, TERRITORY, DEFAULT, { key: "line", kind: "object", shape: LINE, at: "", hidden: true }],
};

/** Where a block of ERN 3.8 holds. */
export const TERRITORIES: readonly Field[] = [
  { key: "territories", kind: "texts", at: "TerritoryCode" },
  { key: "excludedTerritories", kind: "texts", at: "ExcludedTerritoryCode" },
];
