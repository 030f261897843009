/** Messages on disk for the tests of mm parse, and what came out of them. */
import { closeSync, openSync, writeSync } from "node:fs";
import { type MessageCounts, type MessageOptions, makeMessage } from "../../fixtures/ddex.mjs";

/** @returns what is true of the message */
export function writeMessage(path: string, options: MessageOptions): MessageCounts {
  const { pieces, counts } = makeMessage(options);
  writePieces(path, pieces);
  return counts;
}

export function writePieces(path: string, pieces: Iterable<string>): void {
  const fd = openSync(path, "w");
  for (const piece of pieces) writeSync(fd, piece);
  closeSync(fd);
}

export type ParsedRecord = {
  readonly type: string;
  readonly ref: string;
  readonly title: string | null;
  readonly tracks: readonly { readonly ref: string; readonly isrc: string | null; readonly title: string | null }[];
  readonly deals: readonly unknown[];
  readonly images: readonly unknown[];
  readonly problems: readonly { readonly code: string; readonly line: number; readonly column: number }[];
};

/** @throws SyntaxError when a line is no JSON */
export function recordsOf(ndjson: string): ParsedRecord[] {
  return ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ParsedRecord);
}

export const releasesOf = (ndjson: string): ParsedRecord[] => recordsOf(ndjson).filter(({ type }) => type === "release");

/** What a catalogue's releases add up to, to compare with the generator's counts. */
export function totals(releases: readonly ParsedRecord[]) {
  const sum = (count: (release: ParsedRecord) => number) => releases.reduce((total, release) => total + count(release), 0);
  return {
    releases: releases.length,
    tracks: sum(({ tracks }) => tracks.length),
    deals: sum(({ deals }) => deals.length),
    images: sum(({ images }) => images.length),
    problems: sum(({ problems }) => problems.length),
  };
}
