import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellQuoted } from "../../src/base/index.ts";

it.each(["plain.mp4", "it's here.mp4", 'a "b" $& $(c) `d`.mp4', "two\nlines", ""])("a shell reads %j back as it was", (text) => {
  expect(spawnSync("sh", ["-c", `printf %s ${shellQuoted(text)}`], { encoding: "utf8" }).stdout).toBe(text);
});
