import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/base/index.ts";
import { JOINED_TABLE, RECORDS_TABLE } from "../../src/ddex/field-table.ts";
import { fieldNames, prunedTable } from "../../src/ddex/fields.ts";
import { checkFields } from "../../src/ddex/parser-tables.ts";
import type { FieldTable, Shape } from "../../src/ddex/shape.ts";
import { MESSAGES, readMessage } from "./fixtures.ts";
import { type Mode, parseMessage } from "./reference/parse.ts";

type Record_ = Readonly<Record<string, unknown>>;
const TABLES: Readonly<Record<Mode, FieldTable>> = { joined: JOINED_TABLE, records: RECORDS_TABLE };

function recordsOf(name: string, mode: Mode, table: FieldTable): readonly Record_[] {
  const lines = parseMessage(readMessage(name), name, mode, table);
  return "code" in lines ? [] : lines.map((line) => JSON.parse(line) as Record_);
}

/** Of a whole record what --fields should leave. */
function picked(record: Record_, names: readonly string[]): Record_ {
  const heads = new Set(["type", ...names.map((name) => name.split(".")[0])]);
  const kept = Object.entries(record).filter(([key]) => heads.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, names.includes(key) || key === "type" ? value : parts(key, value, names)]));
}

function parts(key: string, value: unknown, names: readonly string[]): unknown {
  const inner = names.flatMap((name) => (name.startsWith(`${key}.`) ? name.slice(key.length + 1) : []));
  return (value as Record_[]).map((entry) => Object.fromEntries(Object.entries(entry).filter(([part]) => inner.includes(part))));
}

/** Problems are those of what is made: fewer fields, fewer problems. */
const names = (mode: Mode) => fieldNames(TABLES[mode]).filter((name) => !name.endsWith("problems"));

describe.each(["joined", "records"] as const)("--fields in %s mode", (mode) => {
  it("knows the fields of records", () => {
    expect(names(mode)).toContain("title");
    expect(names(mode)).toContain("messageId");
    expect(names(mode).includes("tracks.isrc")).toBe(mode === "joined");
    expect(names(mode)).not.toContain("ownTitles");
  });

  it("leaves each field as it is in the whole record", () => {
    for (const message of MESSAGES) {
      const whole = recordsOf(message, mode, TABLES[mode]);
      for (const name of names(mode)) {
        const pruned = recordsOf(message, mode, prunedTable(TABLES[mode], [name]));
        expect(pruned, `${name} of ${message}`).toEqual(whole.map((record) => picked(record, [name])));
      }
    }
  });

  it("leaves several fields in the order of the table, whatever the order of the names", () => {
    const two = mode === "joined" ? ["deals.start", "tracks.isrc", "tracks.title", "file"] : ["resourceRefs", "title", "file"];
    for (const message of MESSAGES) {
      const whole = recordsOf(message, mode, TABLES[mode]);
      const pruned = recordsOf(message, mode, prunedTable(TABLES[mode], two));
      expect(JSON.stringify(pruned)).toBe(JSON.stringify(whole.map((record) => picked(record, two))));
    }
  });
});

it("reads less when less is asked for", () => {
  const release = (table: FieldTable): Shape | undefined => table.composites.find(({ element }) => element === "Release")?.shape;
  const keys = release(prunedTable(JOINED_TABLE, ["title"]))?.fields.map(({ key }) => key);
  expect([...new Set(keys)]).toEqual(["type", "title", "ownTitles", "titleTexts", "titles", "territoryDetails"]);
  const recording = prunedTable(JOINED_TABLE, ["title"]).composites.find(({ element }) => element === "SoundRecording");
  expect(recording?.shape.fields).toEqual([]);
});

it("names the field that may have been meant, among those that are right", () => {
  const error = (...names: readonly string[]) => {
    try {
      checkFields(names);
    } catch (caught) {
      return caught as UsageError;
    }
    throw new Error(`${names} are fields`);
  };
  expect(error("track.isrc")).toBeInstanceOf(UsageError);
  expect(error("track.isrc")).toMatchObject({ message: "--fields: no record has a field track.isrc", hint: "--fields tracks.isrc" });
  expect(error("labell").hint).toBe("--fields label");
  expect(error("titel").hint).toBe("--fields title");
  expect(error("type", "tracks.isrc", "titel").hint).toBe("--fields type,tracks.isrc,title");
  expect(error("resourceRef").hint).toBe("--fields resourceRefs");
  expect(error("nothing like it").hint).toBe("docs/PARSE-FIELDS.md lists them");
  for (const [name, whole] of [
    ["ids.grid", "ids"],
    ["deals.prices.amount", "deals.prices"],
    ["title.x.y", "title"],
  ] as const) {
    expect(error(name)).toMatchObject({ message: expect.stringContaining(`${whole} is kept whole`), hint: `--fields ${whole}` });
  }
  expect(error("__proto__").hint).toBe("docs/PARSE-FIELDS.md lists them");
  checkFields(["title", "resourceRefs", "tracks.isrc"]);
});
