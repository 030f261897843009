import { expect, test } from "vitest";
import { DDEXBufferPool } from "../../../src/ddex/library/buffer-pool.ts";
import { roomyBudget } from "../../memory/roomy-budget.ts";

test("buffers come back empty, and are used again", () => {
  using budget = roomyBudget();
  using pool = new DDEXBufferPool(budget);
  expect(pool.available).toEqual({ text: 100, bytes: 50, maps: 25 });
  const texts = new Set<unknown>();
  for (let round = 0; round < 3; round += 1) {
    using text = pool.getStringBuffer();
    using bytes = pool.getByteBuffer();
    using map = pool.getMetadataMap();
    expect([text.value.byteLength, bytes.value.length, map.value.size]).toEqual([0, 8192, 0]);
    text.value.append(Buffer.from("left over"));
    map.value.set("left", "over");
    texts.add(text.value);
    expect(pool.available).toEqual({ text: 99, bytes: 49, maps: 24 });
  }
  expect(texts.size).toBe(1);
});

test("all are paid for from the start, and those beyond as long as they are used", () => {
  using budget = roomyBudget();
  {
    using pool = new DDEXBufferPool(budget);
    expect(budget.reservedBytes).toBe(100 * 4096 + 50 * 8192 + 25 * 9216);
    const taken = Array.from({ length: 27 }, () => pool.getMetadataMap());
    expect(budget.reservedBytes).toBe(100 * 4096 + 50 * 8192 + 27 * 9216);
    for (const each of taken) each[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(100 * 4096 + 50 * 8192 + 25 * 9216);
    const texts = Array.from({ length: 101 }, () => pool.getStringBuffer());
    for (const { value } of texts) value.append(Buffer.alloc(5000, "x"));
    expect(budget.reservedBytes).toBeGreaterThan(202 * 5000);
    for (const each of texts) each[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(100 * 4096 + 50 * 8192 + 25 * 9216);
  }
  expect(budget.reservedBytes).toBe(0);
});
