import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProfileResult, Report } from "../../src/commands/index.ts";
import { MmSession } from "../transcode/run-mm.ts";

const PROGRAM = `
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
static void *kept[1000];
__attribute__((noinline)) void *keep_block(size_t n) { void *p = malloc(n); memset(p, 1, n); return p; }
int main(void) { for (int i = 0; i < 1000; i++) kept[i] = keep_block(10000); puts("done"); return kept[999] == 0 ? 1 : 7; }
`;

const has = (tool: string) => spawnSync(tool, ["--version"]).error === undefined;
const tools = [
  { tool: "heaptrack", isThere: has("heaptrack") && has("cc") },
  { tool: "massif", isThere: has("valgrind") && has("cc") },
];
for (const { tool, isThere } of tools) if (!isThere) console.log(`skipped: ${tool}, which is not installed`);

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
  writeFileSync(session.path("p.c"), PROGRAM);
  if (has("cc")) spawnSync("cc", ["-g", "-O1", "-o", session.path("p"), session.path("p.c")]);
});
afterAll(() => session[Symbol.dispose]());

function profileOf(...args: string[]) {
  const { result } = JSON.parse(session.run(["profile", "view", ...args, "--json"]).stdout) as Report<ProfileResult>;
  return result.profile as { readonly stacks: { readonly kind: string; readonly weightOf: string; readonly bytes: number }[] };
}

describe.each(tools)("--tool $tool", ({ tool, isThere }) => {
  it.skipIf(!isThere)("shows who allocates, and leaves the command's output and exit code alone", () => {
    const run = session.run(["profile", "-q", "-y", "-o", "t.mmprof", "--tool", tool, "--", "./p"]);
    expect(run).toMatchObject({ code: 7, stdout: "done\n" });
    const peak = profileOf("t.mmprof").stacks.find(({ kind, weightOf }) => kind === "native" && weightOf === "peak");
    expect(peak?.bytes).toBeGreaterThan(0.95 * 1e7);
    expect(peak?.bytes).toBeLessThan(1.1e7);
    expect(session.leftovers().filter((name) => name.startsWith("mm-profile-"))).toEqual([]);
  });
});

it.skipIf(!tools[0]?.isThere)("a file that heaptrack itself wrote is read as it is", () => {
  spawnSync("heaptrack", ["-o", session.path("own"), session.path("p")]);
  const [file = ""] = session.leftovers().filter((name) => name.startsWith("own."));
  const leaked = profileOf(file).stacks.find(({ weightOf }) => weightOf === "leaked");
  expect(leaked?.bytes).toBe(10_000_000 + 4096);
});

it("a tool that is not there is named with how to get it", () => {
  const { code, stderr } = session.run(["profile", "-y", "-o", "t.mmprof", "--tool", "heaptrack", "--", "true"], {
    env: { PATH: "/nowhere" },
  });
  expect(code).toBe(69);
  expect(stderr).toContain("heaptrack is not installed");
  expect(stderr).toContain("apt-get install heaptrack");
});
