import { expect, it } from "vitest";
import { unlessStuck } from "../../../src/media/container/mediabunny-input.ts";

it("unlessStuck passes on what comes, and gives up on what never does", async () => {
  await expect(unlessStuck(Promise.resolve(7))).resolves.toBe(7);
  await expect(unlessStuck(Promise.reject(new RangeError("no")))).rejects.toThrow("no");
  await expect(unlessStuck(new Promise<number>(() => undefined))).resolves.toBeUndefined();
});
