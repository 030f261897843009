/** Records of fixtures/ddex: whole ones that were checked by hand against their messages, and the rules of docs/PARSE.md one by one. */
import { describe, expect, it } from "vitest";
import { MESSAGES, readMessage } from "./fixtures.ts";
import { type Mode, parseMessage } from "./reference/parse.ts";

// biome-ignore lint/suspicious/noExplicitAny: records are looked into at any depth
type Loose = any;

function linesOf(name: string, mode: Mode): readonly string[] {
  const lines = parseMessage(readMessage(name), name, mode);
  if ("code" in lines) throw new Error(`${name}: ${lines.code}`);
  return lines;
}
const recordsOf = (name: string, mode: Mode = "joined"): Loose[] => linesOf(name, mode).map((line) => JSON.parse(line));
const releaseOf = (name: string, ref: string): Loose => recordsOf(name).find((record) => record.ref === ref);

const golden = MESSAGES.flatMap((name) => (["joined", "records"] as const).map((mode) => ({ name, mode })));
it.each(golden)("$name is as checked, $mode", async ({ name, mode }) => {
  const said = parseMessage(readMessage(name), name, mode);
  const text = "code" in said ? `${JSON.stringify(said)}\n` : said.map((line) => `${line}\n`).join("");
  await expect(text).toMatchFileSnapshot(`../../fixtures/ddex/${mode}/${name.replace(/\.xml$/, ".ndjson")}`);
});

describe("ERN 3.8", () => {
  const release = releaseOf("album-3.8.2.xml", "R0");

  it("takes the block for the whole world, and shows all blocks", () => {
    expect(release).toMatchObject({ displayArtist: "The Keepers", label: "Lantern", genre: "Folk", subGenre: "Shanty" });
    expect(release.territoryDetails.map(({ territories, label }: Loose) => [territories, label])).toEqual([
      [["Worldwide"], "Lantern"],
      [["FR"], "Lanterne"],
    ]);
    const [track] = release.tracks;
    expect([track.title, track.explicit, track.parentalWarning]).toEqual(["Harbour Lights", false, "NotExplicit"]);
    expect(track.territoryDetails.map(({ parentalWarning }: Loose) => parentalWarning)).toEqual(["Explicit", "NotExplicit"]);
  });

  it("has what stands outside of blocks where they do not say it", () => {
    expect([release.releaseDate, release.originalReleaseDate]).toEqual(["2021-04-02", "2021-04-01"]);
    expect(release.cLine).toEqual({ year: "2021", text: "(C) 2021 Lantern" });
  });

  it("gathers the identifiers of several ReleaseId", () => {
    const ns = "DPID:PADPIDA0000000001A";
    expect(release.ids).toEqual({
      grid: "A10302B0000000001X",
      icpn: "0012345678905",
      isrc: null,
      catalogNumber: { ns, value: "LAN-001" },
      proprietary: [{ ns, value: "rel-1" }],
    });
  });

  it("orders tracks by groups, and tells disc and place", () => {
    expect(release.tracks.map(({ ref, disc, seq }: Loose) => [ref, disc, seq])).toEqual([
      ["A1", 1, 1],
      ["A2", 1, 1],
      ["A1", 2, 1],
    ]);
    expect([release.trackCount, release.discCount]).toEqual([3, 2]);
    expect(release.videos.map(({ ref, disc, seq }: Loose) => [ref, disc, seq])).toEqual([["A3", null, null]]);
    expect(release.images.map(({ ref }: Loose) => ref)).toEqual(["A4"]);
    expect(release.texts.map(({ ref, kind, title }: Loose) => [ref, kind, title])).toEqual([["A5", "Text", "Notes"]]);
  });

  it("takes the item's word before the recording's", () => {
    expect(release.tracks.map(({ isBonus, isHidden }: Loose) => [isBonus, isHidden])).toEqual([
      [false, null],
      [true, false],
      [false, null],
    ]);
  });

  it("lists what is odd, in the order it is met, at the composite that has it", () => {
    expect(release.problems.map(({ code, message, line }: Loose) => [code, message.split(" ")[0], line])).toEqual([
      ["SEQUENCE_ORDER", "sequence", 140],
      ["MISSING_REFERENCE", "A9", 140],
      ["INVALID_INTEGER", "first", 86],
      ["INVALID_DURATION", "P1Y", 86],
    ]);
  });

  it("reads values as they stand: references, sections, user-defined codes, blanks", () => {
    const [first, second] = release.tracks;
    expect(second.title).toBe("Tide \u2014 <Ebb> & Flow");
    expect([second.isrc, second.durationIso, second.durationMs]).toEqual([null, "P1Y", null]);
    expect(first.artists[0].roles).toEqual(["MainArtist", "Whistler"]);
    expect(first.durationMs).toBe(187_500);
    expect(first.files[0].parts.map(({ name }: Loose) => name)).toEqual(["a1.flac", "a1-2.flac"]);
    expect(releaseOf("album-3.8.2.xml", "R1").releaseTypes).toEqual(["StageTrack"]);
  });

  it("joins the deals of every ReleaseDeal that refers to a release", () => {
    expect(release.deals.map(({ ref }: Loose) => ref)).toEqual(["D1"]);
    expect(releaseOf("album-3.8.2.xml", "R1").deals.map(({ ref, takeDown }: Loose) => [ref, takeDown])).toEqual([
      ["D1", null],
      [null, true],
    ]);
    expect(release.deals[0].prices[0]).toMatchObject({ code: "P-9", amount: "4.50", currency: "GBP", amountType: "WholesalePricePerUnit" });
  });
});

describe("ERN 4.1 and 4.2", () => {
  const release = releaseOf("single-4.2.xml", "R0");

  it("reads lists in any order, and elements with a prefix", () => {
    expect(release.kind).toBe("Release");
    expect([release.tracks[0].isrc, release.deals[0].start, release.artists[0].name]).toEqual(["DEA992200001", "2022-02-01", "Müllerin"]);
  });

  it("takes what says it is the default, else what is for the whole world, else the first", () => {
    expect([release.title, release.subTitle]).toEqual(["Über den Dächern", "Mix"]);
    expect(release.releaseDate).toBe("2022-02-08");
    expect(release.label).toBe("Kleine Plattenfirma");
    expect(release.labels.map(({ name, territory }: Loose) => [name, territory])).toEqual([
      ["Kleine Plattenfirma", null],
      ["Small Records", "US"],
    ]);
  });

  it("has the display title's text where there is no display title", () => {
    expect(releaseOf("single-4.2.xml", "R1").title).toBe("Über den Dächern");
    expect(release.tracks[0].title).toBe("Über den Dächern");
  });

  it("says which references lead nowhere, or to several", () => {
    expect(release.artists[1]).toMatchObject({ name: null, partyRef: "Pnowhere", partyIds: [] });
    expect(release.problems.map(({ code, message }: Loose) => `${code} ${message.split(" ")[0]}`)).toEqual([
      "MISSING_REFERENCE Pnowhere",
      "DUPLICATE_REFERENCE P3",
      "INVALID_INTEGER two",
    ]);
  });
});

describe("ERN 4.3", () => {
  const release = releaseOf("discs-4.3.2.xml", "R0");

  it("takes the first edition, and shows all", () => {
    const [track] = release.tracks;
    expect(track).toMatchObject({ isrc: "FRX202400001", pLine: { year: "2024", text: "(P) 2024 Quartet" } });
    expect(track.editions.map(({ isrc }: Loose) => isrc)).toEqual(["FRX202400001", "FRX202400002"]);
    expect(track.files[0]).toMatchObject({ uri: "d1t1.flac", codec: "FLAC", samplingRate: "96", bits: 24, isPreview: false });
    expect(track.files[0].clips.map(({ uri }: Loose) => uri)).toEqual(["d1t1-clip.flac"]);
  });

  it("counts components, not the parts of works, as discs", () => {
    expect(release.tracks.map(({ ref, disc, seq }: Loose) => [ref, disc, seq])).toEqual([
      ["A1", 2, 1],
      ["A2", 2, 2],
      ["A2", 2, 1],
      ["A1", null, null],
    ]);
    expect(release.discCount).toBe(2);
    expect(release.videos.map(({ ref, disc, seq }: Loose) => [ref, disc, seq])).toEqual([["A3", 2, 3]]);
    expect(release.texts.map(({ ref, kind }: Loose) => [ref, kind])).toEqual([["A4", "SheetMusic"]]);
  });

  it("keeps the kinds of further titles", () => {
    expect(release.additionalTitles.map(({ type, text }: Loose) => [type, text])).toEqual([
      ["FormalTitle", "Quartets, Op. 1"],
      ["GroupingTitle", "Quartets"],
    ]);
  });

  it("knows days, and rounds to milliseconds", () => {
    expect(release.tracks.map(({ durationMs }: Loose) => durationMs)).toEqual([301_235, 90_000_000, 90_000_000, 301_235]);
  });

  it("has a record for each composite in records mode, in the order of the message", () => {
    const types = recordsOf("discs-4.3.2.xml", "records").map(({ type, kind }) => (kind === undefined ? type : `${type} ${kind}`));
    expect(types).toEqual([
      "message",
      "party",
      ...["SoundRecording", "SoundRecording", "Video", "SheetMusic"].map((kind) => `resource ${kind}`),
      "release Release",
      "release ClipRelease",
      "deal",
      "deal",
    ]);
  });
});

it("other roots: what is purged, and catalogues", () => {
  expect(recordsOf("purge-4.3.xml")[1]).toMatchObject({ type: "purge", ids: { icpn: "0012345678905" }, title: "Harbour" });
  expect(recordsOf("catalog-3.8.1.xml", "records").map(({ type }) => type)).toEqual(["message", "catalog", "catalog"]);
  expect(parseMessage(readMessage("catalog-3.8.1.xml"), "x", "joined")).toEqual({ code: "RECORDS_ONLY", line: 1, column: 1 });
});
