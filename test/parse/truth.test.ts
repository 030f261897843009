/** Releases beside the albums they were written from: what the generator knows, and the parser has to find out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Album, albumOf, type MessageOptions, type Offer, type Person, type Track } from "../../fixtures/ddex.mjs";
import { MmSession } from "../transcode/run-mm.ts";
import { recordsOf, releasesOf, writeMessage } from "./messages.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

function releases(options: MessageOptions) {
  writeMessage(session.path("in.xml"), options);
  const { code, stdout, stderr } = session.run(["parse", "in.xml", "-q"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return releasesOf(stdout);
}

const reference = (kind: string, album: Album, number: number): string => `${kind}${album.number * 1000 + number}`;
const line = (album: Album, kind: string) => ({ year: String(album.year), text: `(${kind}) ${album.year} ${album.label}` });
const names = (people: readonly Person[]) => people.map(({ name }) => ({ name }));

function expectedDeal({ model, useTypes, territories, isExcluding, start, end, price }: Offer) {
  return {
    commercialModels: [model],
    useTypes,
    territories: isExcluding ? [] : territories,
    excludedTerritories: isExcluding ? territories : [],
    start,
    end: end ?? null,
    prices: price === undefined ? [] : [price],
  };
}

function expectedTrack(album: Album, track: Track) {
  const artists = track.artist.number === album.artist.number ? [album.artist] : [album.artist, track.artist];
  return {
    ref: reference("A", album, track.number),
    type: "MusicalWorkSoundRecording",
    isrc: track.isrc,
    title: track.title,
    artists: names(artists),
    contributors: names([...track.contributors.map(({ person }) => person), track.composer]),
    durationMs: 1000 * track.seconds,
    isInstrumental: track.isInstrumental,
    explicit: track.warning === "Explicit",
    pLine: line(album, "P"),
    language: track.isInstrumental ? null : "en",
    files: [{ hash: track.hash, codec: "FLAC", channels: 2, bits: 16, samplingRate: "44.1" }],
  };
}

function expectedAlbum(album: Album) {
  return {
    type: "release",
    file: "in.xml",
    ref: reference("R", album, 0),
    ids: { grid: album.grid, icpn: album.icpn, isrc: null, catalogNumber: { value: album.catalogNumber } },
    title: album.title,
    displayArtist: album.artist.name,
    artists: names([album.artist]),
    label: album.label,
    genre: album.genre,
    releaseDate: album.date,
    parentalWarning: album.warning,
    pLine: line(album, "P"),
    cLine: line(album, "C"),
    trackCount: album.tracks.length,
    discCount: new Set(album.tracks.map(({ disc }) => disc)).size,
    tracks: album.tracks.map((track) => ({
      ...expectedTrack(album, track),
      seq: track.sequence,
      disc: track.disc,
      isBonus: track.isBonus || null,
    })),
    images: [{ ref: reference("A", album, 999), files: [{ hash: album.hash }] }],
    deals: album.offers.map(expectedDeal),
    problems: [],
  };
}

function expectedTrackReleases(album: Album) {
  return album.trackReleases.map(({ number, track }) => ({
    ref: reference("R", album, number),
    title: track.title,
    label: album.label,
    tracks: [expectedTrack(album, track)],
    deals: album.trackOffers.map(expectedDeal),
    problems: [],
  }));
}

describe.each(["382", "42", "43"] as const)("ERN %s", (version) => {
  it.each(["album", "box-set", "deals"] as const)("%s", (profile) => {
    const seed = 17;
    const album = albumOf(profile, seed, 0);
    const [main, ...others] = releases({ profile, seed, version });
    expect(main).toMatchObject(expectedAlbum(album));
    expect(others).toMatchObject(expectedTrackReleases(album));
    expect(others.map((release) => (release as unknown as { kind: string }).kind)).toEqual(
      others.map(() => (version === "382" ? "Release" : "TrackRelease")),
    );
  });

  it("is the same with its lists in the opposite order", () => {
    const options: MessageOptions = { profile: "album", seed: 18, version };
    expect(releases({ ...options, isReversed: true })).toEqual(releases(options));
  });

  it("is the same in one line", () => {
    const options: MessageOptions = { profile: "album", seed: 19, version };
    expect(releases({ ...options, oneLine: true })).toEqual(releases(options));
  });
});

it("a catalogue is its albums, one behind the other", () => {
  const seed = 20;
  const found = releases({ profile: "catalogue", seed, bytes: 3e6 });
  const mains = found.filter((release) => (release as unknown as { isMain: boolean | null }).isMain);
  expect(mains.length).toBeGreaterThan(20);
  for (const [number, release] of mains.entries()) expect(release).toMatchObject(expectedAlbum(albumOf("catalogue", seed, number)));
});

it("the message itself comes first", () => {
  writeMessage(session.path("in.xml"), { profile: "small", seed: 21 });
  const [message] = recordsOf(session.run(["parse", "in.xml", "-q"]).stdout);
  expect(message).toMatchObject({
    type: "message",
    file: "in.xml",
    ern: "4.3",
    root: "NewReleaseMessage",
    messageId: "MESSAGE-21",
    threadId: "THREAD-21",
    createdAt: "2026-01-15T10:30:00+01:00",
    sender: { partyId: "PADPIDA2099010101X", name: "Sel & Poivre Distribution" },
    recipient: { partyId: "PADPIDA2099010102Y", name: "Storefront Ltd" },
    controlType: "LiveMessage",
    profile: "Audio",
    language: "en",
  });
});
