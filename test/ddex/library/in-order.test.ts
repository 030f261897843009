import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { inOrder } from "../../../src/ddex/library/in-order.ts";

test("results come in the order of the items, and so many are worked on at once", async () => {
  let [running, most] = [0, 0];
  const results: number[] = [];
  const work = async (item: number) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(10 * (5 - item));
    running -= 1;
    return item * 10;
  };
  for await (const result of inOrder([1, 2, 3, 4, 5], 2, work)) results.push(result);
  expect(results).toEqual([10, 20, 30, 40, 50]);
  expect(most).toBe(2);
});

test("a slow first item keeps at most four results of two workers waiting", async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await sleep(item === 0 ? 60 : 1);
  };
  const results = inOrder([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 2, work);
  const first = results.next();
  await sleep(40);
  expect(begun.length).toBeLessThanOrEqual(5);
  expect(begun.length).toBeGreaterThanOrEqual(4);
  await first;
  await results.return(undefined);
});

test("an error comes at its turn, and nothing is begun after it", async () => {
  const begun: number[] = [];
  const results: number[] = [];
  const all = async () => {
    const work = async (item: number) => {
      begun.push(item);
      await sleep(5);
      if (item === 2) throw new Error("no");
      return item;
    };
    for await (const result of inOrder([1, 2, 3, 4, 5, 6, 7, 8], 1, work)) results.push(result);
  };
  await expect(all()).rejects.toThrow("no");
  expect(results).toEqual([1]);
  expect(begun.length).toBeLessThan(6);
});
