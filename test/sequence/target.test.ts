import { expect, it } from "vitest";
import type { ClusterCounts } from "../../src/binding/index.ts";
import { type ComparisonStep, compareToFit, identitiesDownFrom, targetBytes } from "../../src/sequence/target.ts";

/** A database whose representatives take `bytes(identity)`; says what was asked of it. */
function database(bytes: (identity: number) => number) {
  const asked: string[] = [];
  let identity = 0;
  const comparer = {
    compare: async (next: number) => {
      identity = next;
      asked.push(`compare ${next}`);
      return { representatives: next / 100 } as ClusterCounts;
    },
    measure: async () => bytes(identity),
    onStep: async (steps: readonly ComparisonStep[]) => void asked.push(`after ${steps.length}`),
  };
  const reduceTo = async (limitBytes: number, earlier: readonly ComparisonStep[] = [], from = 9000) =>
    await compareToFit(comparer, { identity: from, alphabet: "protein", limitBytes }, earlier);
  return { asked, reduceTo };
}

it("goes down in steps to where the representatives fit, and no further", async () => {
  const { asked, reduceTo } = database((identity) => identity);
  const { cluster, steps } = await reduceTo(8000);
  expect(asked).toEqual(["compare 9000", "after 1", "compare 8500", "after 2", "compare 8000"]);
  expect(cluster.representatives).toBe(80);
  expect(steps.map(({ identity, representativeBytes }) => [identity, representativeBytes])).toEqual([
    [9000, 9000],
    [8500, 8500],
    [8000, 8000],
  ]);
});

it("compares once where that is enough, and at the floor at last where nothing is", async () => {
  const { reduceTo } = database((identity) => identity);
  expect((await reduceTo(9000)).steps).toHaveLength(1);
  expect((await reduceTo(0)).steps.map(({ identity }) => identity)).toEqual([9000, 8500, 8000, 7500, 7000]);
  expect((await reduceTo(0, [], 6000)).steps.map(({ identity }) => identity)).toEqual([6000]);
});

it("goes on behind the comparisons of an earlier run", async () => {
  const { asked, reduceTo } = database((identity) => identity);
  const earlier = [9000, 8500].map((identity) => ({ identity, representatives: 1, representativeBytes: identity }));
  expect((await reduceTo(7500, earlier)).steps.map(({ identity }) => identity)).toEqual([9000, 8500, 8000, 7500]);
  expect(asked).toEqual(["compare 8000", "after 3", "compare 7500"]);
});

it("ends at the floor of the alphabet, whatever the steps come to", () => {
  expect(identitiesDownFrom(9000, "nucleotide")).toEqual([9000, 8500, 8000]);
  expect(identitiesDownFrom(8730, "nucleotide")).toEqual([8730, 8230, 8000]);
  expect(identitiesDownFrom(7200, "nucleotide")).toEqual([7200]);
});

it("is bytes, or a share of the input's", () => {
  expect(targetBytes({ bytes: 700 }, 1000)).toBe(700);
  expect(targetBytes({ share: 0.3333 }, 1000)).toBe(333);
});
