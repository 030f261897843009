import { describe, expect, it } from "vitest";
import { findEngine } from "../../src/media/engine/index.ts";
import { runEngineTool, type ToolOptions } from "../../src/media/engine-tool.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { FakeEngine } from "./fake-engine.ts";

async function run(script: string, options: ToolOptions = {}, onLine?: (line: string) => void) {
  using fake = new FakeEngine(script);
  using budget = roomyBudget();
  return await runEngineTool(budget, new AbortController().signal, undefined, options)(fake.path, [], onLine);
}

it("hands over what a program said and how it ended", async () => {
  await expect(run("echo out; echo err >&2; exit 3")).resolves.toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
});

describe("a program that says nothing", () => {
  it("is no engine", async () => {
    await expect(run("exec sleep 30", { silenceMs: 200 })).rejects.toMatchObject({
      exitCode: 69,
      hint: expect.stringContaining("--ffmpeg"),
    });
  });

  it("leaves the search for an engine with a true message", async () => {
    using fake = new FakeEngine("exec sleep 30");
    using budget = roomyBudget();
    const run = runEngineTool(budget, new AbortController().signal, undefined, { silenceMs: 200 });
    const search = { explicit: { path: fake.path, origin: "--ffmpeg" as const }, searchPath: "", run };
    await expect(findEngine(search)).rejects.toThrow(/does not answer: it said nothing for 1 s/);
  });

  it("makes the file it reads malformed, though it spoke before", async () => {
    const lines: string[] = [];
    const reading = run("echo one; exec sleep 30", { silenceMs: 200 }, (line) => lines.push(line));
    await expect(reading).rejects.toMatchObject({ exitCode: 65, message: expect.stringContaining("said nothing") });
    expect(lines).toEqual(["one"]);
  });

  it("is not one that speaks now and then, on either stream", async () => {
    const script = "for i in 1 2 3 4 5; do echo $i; sleep 0.1; echo $i >&2; sleep 0.1; done";
    await expect(run(script, { silenceMs: 500 })).resolves.toMatchObject({ code: 0, stdout: "1\n2\n3\n4\n5\n" });
  });
});

describe("a program that floods", () => {
  it.each([
    ["short lines", "exec yes"],
    ["one line without end", "exec cat /dev/zero"],
    ["standard error", "exec yes >&2"],
  ])("with %s is no engine", async (_what, script) => {
    await expect(run(script)).rejects.toMatchObject({ exitCode: 69, message: expect.stringContaining("printed more than 4.0 MiB") });
  });

  it("with what it says of a file, ahead of the packets, is stopped, and complaints between them are not counted", async () => {
    const onLine = () => {};
    const tooMuch = { exitCode: 69, message: expect.stringContaining("more than 256.0 KiB") };
    await expect(run("exec yes >&2", {}, onLine)).rejects.toMatchObject(tooMuch);
    const complaints = "echo packet; sleep 0.1; yes complaint | head -c 2000000 >&2";
    await expect(run(complaints, {}, onLine)).resolves.toMatchObject({ code: 0 });
  });

  it("may list as many packets as it likes", async () => {
    let lines = 0;
    const listing = run("yes 0,1,2,3,4,5 | head -n 500000", {}, () => {
      lines += 1;
    });
    await expect(listing).resolves.toMatchObject({ code: 0, stdout: "" });
    expect(lines).toBe(500_000);
  });
});

it("tells a kill for lack of memory from any other", async () => {
  let kills = 0;
  let blown = 0;
  const onFuseBlown = () => {
    blown += 1;
  };
  await expect(run("kill -9 $$", { oomKills: () => kills++, onFuseBlown })).rejects.toMatchObject({ exitCode: 75 });
  expect(blown).toBe(1);
  await expect(run("kill -9 $$", { oomKills: () => 0, onFuseBlown })).resolves.toMatchObject({ code: 137 });
  expect(blown).toBe(1);
});
