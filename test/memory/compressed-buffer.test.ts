import { afterEach, beforeEach, expect, test } from "vitest";
import { BudgetExceededError, InternalError, KIB } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { CompressedBuffer } from "../../src/memory/compressed-buffer.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

/** Residues of a few repeated motifs. */
function sequence(length: number): Uint8Array {
  const random = seededRandom(3);
  const motifs = Array.from({ length: 50 }, () => Array.from({ length: 40 }, () => 65 + Math.floor(random() * 20)));
  return Uint8Array.from({ length }, (_, at) => motifs[Math.floor((at / 40) ** 1.1) % 50]?.[at % 40] ?? 0);
}

function compressed(bytes: Uint8Array, level: number): CompressedBuffer {
  const buffer = CompressedBuffer.compress(budget, "test.parked", bytes, level);
  if (buffer === undefined) throw new Error("did not compress");
  return buffer;
}

test.each([1, 3, 9])("gives back what it was given, at level %i", (level) => {
  const bytes = sequence(300 * KIB);
  using buffer = compressed(bytes, level);
  expect([buffer.originalSize, buffer.compressionLevel]).toEqual([bytes.length, level]);
  const target = new Uint8Array(bytes.length);
  buffer.decompress(target);
  expect(Buffer.compare(target, bytes)).toBe(0);
});

test("pays for its compressed bytes alone", () => {
  const buffer = compressed(sequence(300 * KIB), 3);
  expect(buffer.compressedSize).toBeLessThan(150 * KIB);
  expect(budget.reservedBytes).toBe(Math.ceil(buffer.compressedSize / 4096) * 4096);
  buffer[Symbol.dispose]();
  expect(budget.reservedBytes).toBe(0);
});

test("is not made of bytes that would not get smaller", () => {
  const random = seededRandom(1);
  const noise = Uint8Array.from({ length: 100 * KIB }, () => Math.floor(random() * 256));
  expect(CompressedBuffer.compress(budget, "test.parked", noise, 9)).toBeUndefined();
  expect(CompressedBuffer.compress(budget, "test.parked", new Uint8Array(0), 1)).toBeUndefined();
  expect(budget.reservedBytes).toBe(0);
});

test("refuses a target of another size, and a budget without room to work in", () => {
  using buffer = compressed(sequence(10_000), 3);
  expect(() => buffer.decompress(new Uint8Array(9_999))).toThrow(InternalError);
  expect(() => buffer.decompress(new Uint8Array(10_001))).toThrow(InternalError);
  using small = roomyBudget(200 * KIB);
  expect(() => CompressedBuffer.compress(small, "test.parked", sequence(10_000), 3)).toThrow(BudgetExceededError);
  expect(small.reservedBytes).toBe(0);
});
