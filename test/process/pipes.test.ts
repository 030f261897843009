import { readdirSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { IoError } from "../../src/base/index.ts";
import { spawnChild } from "../../src/process/index.ts";

const system = vi.hoisted(() => ({ pipesLeft: Number.POSITIVE_INFINITY }));

vi.mock("../../src/binding/index.ts", async (original) => {
  const { binding } = await original<typeof import("../../src/binding/index.ts")>();
  const pipe = (bytes: number) => {
    if (system.pipesLeft-- > 0) return binding.pipe(bytes);
    throw Object.assign(new Error("too many open files"), { code: "EMFILE" });
  };
  return { binding: new Proxy(binding, { get: (target, name) => (name === "pipe" ? pipe : Reflect.get(target, name)) }) };
});

const descriptors = () => readdirSync("/proc/self/fd").length;

it.each([0, 1, 2])("a child that gets %i of its 3 pipes is not started and leaves no descriptor", async (pipes) => {
  const before = descriptors();
  system.pipesLeft = pipes;
  const options = { file: "/bin/true", args: [], env: {}, cwd: "/", limits: {}, oomScoreAdj: 0 };
  expect(() => spawnChild({ ...options, stdout: () => {}, control: () => {} })).toThrow(IoError);
  // A socket gives its descriptor back on the next turn of the loop.
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(descriptors()).toBe(before);
});
