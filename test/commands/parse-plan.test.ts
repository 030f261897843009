import { expect, test } from "vitest";
import { planParse } from "../../src/commands/parse-plan.ts";
import type { ParseSettings } from "../../src/commands/parse-settings.ts";
import { type MemoryCore, readMemoryLimit } from "../../src/memory/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";

const MIB = 1024 * 1024;
const files = Array.from({ length: 8 }, (_, at) => ({ path: `${at}.xml`, name: `${at}.xml`, byteLength: 20 * MIB }));

function planWith(limitBytes: number, jobs: number) {
  const limit = readMemoryLimit({ flagBytes: limitBytes, flagSource: "flag", children: 0, engineBinaries: 0 });
  const settings = {
    ...{ chunkBytes: 65_536, bufferBytes: MIB, maxDepth: 100, mode: "joined", memory: { cacheBytes: 256 * MIB }, jobs },
    ...{ output: "-", directory: undefined, format: "ndjson", table: "releases" },
  } as unknown as ParseSettings;
  using budget = roomyBudget(limit.budgetBytes);
  return { limit, ...planParse(settings, { budget } as MemoryCore, limit, files, true) };
}

test("a message that lacks memory beside others is told to be read alone, and what it needs then", () => {
  const { jobs, grantBytes, limitFor, limit } = planWith(256 * MIB, 4);
  expect(jobs).toBe(4);
  expect(limitFor(grantBytes + MIB).hint).toBe("--jobs 1");
  const { hint, smallestLimitBytes } = limitFor(400 * MIB);
  expect(hint).toBe(`--max-memory ${smallestLimitBytes / MIB}M, with --jobs 1`);
  expect(smallestLimitBytes).toBeLessThan(450 * MIB);
  expect(limitFor(limit.budgetBytes / 2).smallestLimitBytes).toBeLessThan(256 * MIB);
  const alone = planWith(smallestLimitBytes, 1);
  expect(alone.limit.budgetBytes).toBeGreaterThan(400 * MIB);
  expect(alone.limitFor(400 * MIB)).toEqual({ hint: `--max-memory ${smallestLimitBytes / MIB}M`, smallestLimitBytes });
});
