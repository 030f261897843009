import { describe, expect, test } from "vitest";
import { GIB, MIB } from "../../src/base/index.ts";
import { divideMemory, fewestGrantBytes, freeBytesFor, freeBytesForSorter } from "../../src/sequence/grant.ts";

const FEWEST_STAGE_BYTES = 33 * MIB;

describe("memory for a reduction", () => {
  test.each([0, 1, 10 * MIB, 100 * MIB, GIB, 20 * GIB])(
    "of %d bytes is never more than there is, and enough for every stage",
    (inputBytes) => {
      for (let freeBytes = fewestGrantBytes(FEWEST_STAGE_BYTES); freeBytes < 4 * GIB; freeBytes = Math.ceil(1.07 * freeBytes)) {
        const { rankBytes, assignmentBytes, stageBytes } = divideMemory(freeBytes, inputBytes, FEWEST_STAGE_BYTES);
        expect(rankBytes + assignmentBytes + stageBytes).toBeLessThanOrEqual(freeBytes);
        expect(stageBytes).toBeGreaterThanOrEqual(FEWEST_STAGE_BYTES);
        // Whole huge pages.
        for (const bytes of [rankBytes, assignmentBytes, stageBytes]) expect(bytes % (2 * MIB)).toBe(0);
      }
    },
  );

  test.each([10 * MIB, 100 * MIB, GIB])("is named so that a stage has what it lacked: input of %d bytes", (inputBytes) => {
    for (const wantedBytes of [40 * MIB, inputBytes, 2 * inputBytes]) {
      const divided = (freeBytes: number) =>
        divideMemory(Math.max(freeBytes, fewestGrantBytes(FEWEST_STAGE_BYTES)), inputBytes, FEWEST_STAGE_BYTES);
      expect(divided(freeBytesFor(wantedBytes, inputBytes)).stageBytes).toBeGreaterThanOrEqual(wantedBytes);
      expect(divided(freeBytesForSorter("ranks", inputBytes, FEWEST_STAGE_BYTES)).rankBytes).toBeGreaterThanOrEqual(inputBytes);
      expect(divided(freeBytesForSorter("assignments", inputBytes / 2, FEWEST_STAGE_BYTES)).assignmentBytes).toBeGreaterThanOrEqual(
        inputBytes / 2,
      );
    }
  });
});
