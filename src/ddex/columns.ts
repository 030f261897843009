/** Tables of CSV: what a row is made for, and its cells. */

export type CsvColumn = {
  readonly name: string;
  /** The record, or what is joined to it, that has the cell's value. `track`: the one that the row is in, empty for rows of the release's own. */
  readonly from: "release" | "track" | "row";
  /** Keys by ".". Of a list all values, "|" between them; an object or null leaves the cell empty. */
  readonly at: string;
};

/** One row for each entry of a list of the release, by keys; "" is the release itself. */
type CsvRows = {
  readonly list: "" | "tracks" | "deals" | "artists" | "tracks.artists" | "tracks.contributors";
  readonly as?: string;
};

export type CsvTable = {
  readonly name: "releases" | "tracks" | "deals" | "parties";
  readonly rows: readonly CsvRows[];
  /** Where rows say `as`, that is the last column. */
  readonly columns: readonly CsvColumn[];
};

type Cells = readonly (string | readonly [name: string, at: string])[];
function columns(from: CsvColumn["from"], cells: Cells): CsvColumn[] {
  return cells.map((cell) => (typeof cell === "string" ? { name: cell, from, at: cell } : { name: cell[0], from, at: cell[1] }));
}

const OF_RELEASE = columns("release", ["file", "messageId", ["releaseRef", "ref"], ["icpn", "ids.icpn"]]);

export const CSV_TABLES: readonly CsvTable[] = [
  {
    name: "releases",
    rows: [{ list: "" }],
    columns: [
      ...OF_RELEASE,
      ...columns("release", [
        "kind",
        "isMain",
        "releaseTypes",
        ["grid", "ids.grid"],
        ["isrc", "ids.isrc"],
        ["catalogNumber", "ids.catalogNumber.value"],
        ["proprietaryIds", "ids.proprietary.value"],
        "title",
        "subTitle",
        "displayArtist",
        ["artists", "artists.name"],
        "label",
        "genre",
        "subGenre",
        "releaseDate",
        "originalReleaseDate",
        "parentalWarning",
        ["pLineYear", "pLine.year"],
        ["pLine", "pLine.text"],
        ["cLineYear", "cLine.year"],
        ["cLine", "cLine.text"],
        "durationMs",
        "trackCount",
        "discCount",
        ["problems", "problems.code"],
      ]),
    ],
  },
  {
    name: "tracks",
    rows: [{ list: "tracks" }],
    columns: [
      ...OF_RELEASE,
      ...columns("row", [
        "disc",
        "seq",
        "displaySeq",
        "ref",
        "type",
        "isrc",
        "title",
        "subTitle",
        "versionType",
        "displayArtist",
        ["artists", "artists.name"],
        ["contributors", "contributors.name"],
        "durationMs",
        "isInstrumental",
        "isBonus",
        "isHidden",
        "explicit",
        "parentalWarning",
        ["pLineYear", "pLine.year"],
        ["pLine", "pLine.text"],
        "language",
        ["fileUris", "files.uri"],
        ["fileNames", "files.name"],
      ]),
    ],
  },
  {
    name: "deals",
    rows: [{ list: "deals" }],
    columns: [
      ...OF_RELEASE,
      ...columns("row", [
        "ref",
        "commercialModels",
        "useTypes",
        "territories",
        "excludedTerritories",
        "start",
        "end",
        ["priceTypes", "prices.type"],
        ["priceCodes", "prices.code"],
        ["priceAmounts", "prices.amount"],
        ["priceCurrencies", "prices.currency"],
        "takeDown",
        "allDealsCancelled",
        "preOrder",
        ["channels", "channels.name"],
      ]),
    ],
  },
  {
    name: "parties",
    rows: [
      { list: "artists", as: "artist" },
      { list: "tracks.artists", as: "artist" },
      { list: "tracks.contributors", as: "contributor" },
    ],
    columns: [
      ...OF_RELEASE,
      ...columns("track", [
        ["trackRef", "ref"],
        ["isrc", "isrc"],
      ]),
      ...columns("row", ["name", "role", "seq", "partyRef", ["partyIds", "partyIds.value"]]),
    ],
  },
];

/** The first line of a table, as the native writer has it: a name for each column. */
export function csvHeader(name: CsvTable["name"]): string {
  const table = CSV_TABLES.find((each) => each.name === name);
  const isNamed = table?.rows.some((rows) => rows.as !== undefined) === true;
  return `${[...(table?.columns ?? []).map((column) => column.name), ...(isNamed ? ["as"] : [])].join(",")}\r\n`;
}
