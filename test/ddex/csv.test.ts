/** CSV beside the records of the reference: the rows and cells that src/ddex/columns.ts says, picked from JSON. */
import { describe, expect, it } from "vitest";
import { makeMessage } from "../../fixtures/ddex.mjs";
import { CSV_TABLES, type CsvTable } from "../../src/ddex/columns.ts";
import { MESSAGES, readMessage } from "./fixtures.ts";
import { parseAll } from "./native-parser.ts";
import type { Json } from "./reference/map.ts";
import { parseMessage } from "./reference/parse.ts";

type Row = { readonly release: Json; readonly track: Json; readonly row: Json; readonly as: string | undefined };

const generated = (profile: "catalogue" | "album" | "box-set" | "deals") => ({
  name: profile,
  bytes: Buffer.from([...makeMessage({ profile, seed: 11, bytes: 60_000 }).pieces].join("")),
});
const SAMPLES = [
  ...MESSAGES.map((name) => ({ name, bytes: readMessage(name) })),
  ...(["catalogue", "album", "box-set", "deals"] as const).map(generated),
];

function under(value: Json, key: string): Json {
  const found = (value as { readonly [key: string]: Json } | null)?.[key];
  return found === undefined ? null : found;
}

function entriesOf(value: Json, key: string): readonly Json[] {
  return (under(value, key) ?? []) as readonly Json[];
}

/** In the order of the record. */
function rowsOf({ rows }: CsvTable, release: Json): Row[] {
  const named = (list: string) => rows.filter((row) => row.list === list);
  const inRelease = ["artists", "deals"].flatMap((list) =>
    named(list).flatMap(({ as }) => entriesOf(release, list).map((row): Row => ({ release, track: null, row, as }))),
  );
  const inTracks = entriesOf(release, "tracks").flatMap((track) => [
    ...["artists", "contributors"].flatMap((list) =>
      named(`tracks.${list}`).flatMap(({ as }) => entriesOf(track, list).map((row): Row => ({ release, track, row, as }))),
    ),
    ...named("tracks").map(({ as }): Row => ({ release, track: null, row: track, as })),
  ]);
  return [...inRelease, ...inTracks, ...named("").map(({ as }): Row => ({ release, track: null, row: release, as }))];
}

function valuesOf(value: Json, keys: readonly string[], isInList: boolean): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesOf(one, keys, true));
  const [key, ...rest] = keys;
  if (key !== undefined) return value === null ? [] : valuesOf(under(value, key), rest, isInList);
  if (value === null) return isInList ? [""] : [];
  return typeof value === "object" ? [] : [String(value)];
}

function cellOf(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvOf(table: CsvTable, releases: readonly Json[]): string {
  const isOfKinds = table.rows.some(({ as }) => as !== undefined);
  const header = [...table.columns.map(({ name }) => name), ...(isOfKinds ? ["as"] : [])];
  const lines = releases
    .flatMap((release) => rowsOf(table, release))
    .map((row) => {
      const cells = table.columns.map(({ from, at }) => valuesOf(row[from], at.split("."), false).join("|"));
      return [...cells, ...(isOfKinds ? [row.as ?? ""] : [])].map(cellOf);
    });
  return [header, ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}

describe.each(SAMPLES)("$name", ({ name, bytes }) => {
  it.each(CSV_TABLES.map((table) => [table.name, table] as const))("has the rows and cells of its records, %s", async (_, table) => {
    const lines = parseMessage(bytes, name, "joined");
    if ("code" in lines) return expect((await parseAll([{ name, bytes }], { format: "csv", table: table.name })).text).toBe("");
    const releases = lines.map((line): Json => JSON.parse(line)).filter((record) => under(record, "type") === "release");
    const { outcomes, text } = await parseAll([{ name, bytes }], { format: "csv", table: table.name });
    expect(outcomes[0]).not.toHaveProperty("stop");
    // The header comes with the first record.
    expect(text).toBe(releases.length === 0 ? "" : csvOf(table, releases));
  });
});

it("tells what was saved by keeping equal values once, of deals", async () => {
  const [deals] = (await parseAll([generated("deals")])).outcomes;
  expect(deals?.internedBytes).toBeGreaterThan(10_000);
  const [records] = (await parseAll([generated("deals")], { mode: "records" })).outcomes;
  expect(records?.internedBytes).toBe(0);
});
