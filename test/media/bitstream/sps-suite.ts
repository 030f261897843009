import { describe, expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import type { SequenceParameters } from "../../../src/media/bitstream/sequence.ts";
import { mutated, seededRandom } from "../seeded-random.ts";
import type { SpsExample } from "./parameter-sets.ts";

/** What holds for the parser of either codec. */
export function describeSpsParser(codec: string, parse: (unit: Uint8Array) => SequenceParameters, examples: readonly SpsExample[]): void {
  describe(`sequence parameter set of ${codec}`, () => {
    it.each(examples)("is read: $name", ({ bytes, expected }) => {
      expect(parse(bytes)).toMatchObject(expected);
    });

    it("keeps what came before a cut in the usability information, and refuses a cut before it", () => {
      const { bytes } = examples[0] ?? { bytes: new Uint8Array(0) };
      const whole = parse(bytes);
      let kept = 0;
      for (let length = 1; length < bytes.length; length++) {
        try {
          const { width, height, dpbFrames } = parse(bytes.slice(0, length));
          expect([width, height]).toEqual([whole.width, whole.height]);
          expect(dpbFrames).toBeGreaterThanOrEqual(whole.dpbFrames);
          kept++;
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedInputError);
          expect(kept).toBe(0);
        }
      }
      expect(kept).toBeGreaterThan(0);
    });

    it("gives bounded numbers or refuses, whatever bytes it gets (20,000 seeded inputs)", () => {
      const random = seededRandom(264_265);
      let refused = 0;
      for (let round = 0; round < 20_000; round++) {
        const example = examples[round % examples.length];
        const noise = Uint8Array.from({ length: 1 + Math.floor(random() * 80) }, () => Math.floor(random() * 256));
        const bytes = round % 2 === 0 || example === undefined ? noise : mutated(example.bytes, random);
        try {
          const { width, height, dpbFrames, refFrames, reorderFrames } = parse(bytes);
          expect(width > 0 && width <= 65_535 && height > 0 && height <= 65_535 * 2).toBe(true);
          expect(dpbFrames >= 1 && dpbFrames <= 16 && reorderFrames >= 0 && reorderFrames <= 16 && refFrames <= 16).toBe(true);
        } catch (error) {
          if (!(error instanceof MalformedInputError)) throw error;
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(1000);
      expect(refused).toBeLessThan(20_000);
    });
  });
}
