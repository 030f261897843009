import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { link } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OutputError, UsageError } from "../../src/base/index.ts";
import { checkOutput, outputFailure, Workspace } from "../../src/io/index.ts";
import { ownerFileName, parseOwnerFileName } from "../../src/io/workspace-owner.ts";
import { type ProcessIdentity, processIdentity } from "../../src/memory/index.ts";
import { BuiltMm } from "../cli/built-mm.ts";

vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof import("node:fs/promises")>();
  return { ...actual, link: vi.fn(actual.link) };
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-io-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const output = () => join(folder, "out.mp4");
const hidden = () => join(folder, ".out.mp4.mm");
const open = () => new Workspace(output(), false);

function caught(action: () => unknown): OutputError {
  try {
    action();
  } catch (error) {
    if (error instanceof OutputError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("Workspace", () => {
  it.each([true, false])("publishes a whole file and leaves nothing behind (overwrite %s)", async (overwrite) => {
    {
      using workspace = new Workspace(output(), overwrite);
      expect(statSync(workspace.directory).mode & 0o777).toBe(0o700);
      writeFileSync(workspace.path("joined"), "whole");
      expect(existsSync(output())).toBe(false);
      await workspace.publish("joined");
      expect(existsSync(workspace.path("joined"))).toBe(false);
    }
    expect(readFileSync(output(), "utf8")).toBe("whole");
    expect(readdirSync(folder)).toEqual(["out.mp4"]);
  });

  it.each(["mine", undefined])("does not replace an output that appeared meanwhile (%s; undefined: a link to nowhere)", async (content) => {
    for (const withHardLinks of [true, false]) {
      if (!withHardLinks) vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error("no"), { code: "EPERM" }));
      using workspace = open();
      writeFileSync(workspace.path("joined"), "whole");
      if (content === undefined) symlinkSync("/no/such", output());
      else writeFileSync(output(), content);
      await expect(workspace.publish("joined")).rejects.toMatchObject({ code: "MM_OUTPUT", hint: "--overwrite to replace it" });
      expect(lstatSync(output()).isSymbolicLink()).toBe(content === undefined);
      if (content !== undefined) expect(readFileSync(output(), "utf8")).toBe(content);
      rmSync(output());
    }
  });

  it("replaces an output that appeared meanwhile when it may", async () => {
    using workspace = new Workspace(output(), true);
    writeFileSync(workspace.path("joined"), "whole");
    writeFileSync(output(), "other");
    await workspace.publish("joined");
    expect(readFileSync(output(), "utf8")).toBe("whole");
  });

  it("publishes on a file system without hard links", async () => {
    for (const code of ["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"]) {
      vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error("no"), { code }));
      using workspace = open();
      writeFileSync(workspace.path("joined"), code);
      await workspace.publish("joined");
      expect(readFileSync(output(), "utf8")).toBe(code);
      rmSync(output());
    }
  });

  it("serves an output with the longest name there is", async () => {
    for (const name of [`${"n".repeat(251)}.mp4`, `x${"ü".repeat(125)}.mp4`, `${"n".repeat(240)}.mp4`]) {
      const long = join(folder, name);
      using workspace = new Workspace(long, false);
      expect(Buffer.byteLength(workspace.temporaryFolder(folder).slice(folder.length + 1))).toBeLessThanOrEqual(255);
      expect(workspace.directory).not.toContain("\uFFFD");
      writeFileSync(workspace.path("joined"), "whole");
      await workspace.publish("joined");
      expect(existsSync(long)).toBe(true);
    }
    using one = new Workspace(join(folder, `${"n".repeat(120)}1${"n".repeat(130)}.mp4`), false);
    using other = new Workspace(join(folder, `${"n".repeat(120)}2${"n".repeat(130)}.mp4`), false);
    expect(one.directory).not.toBe(other.directory);
  });

  it("leaves what another owner put in the place of a folder removed by hand", () => {
    const workspace = open();
    rmSync(workspace.directory, { recursive: true });
    mkdirSync(workspace.directory);
    writeFileSync(workspace.path("theirs"), "");
    workspace[Symbol.dispose]();
    expect(readdirSync(hidden())).toEqual(["theirs"]);
  });

  it("takes its temporary folder elsewhere away with it", () => {
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere);
    {
      using workspace = open();
      writeFileSync(join(workspace.temporaryFolder(elsewhere), "chunk"), "");
      expect(readdirSync(elsewhere)).toEqual([expect.stringMatching(/^out\.mp4\.mm-/)]);
    }
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it("names a --temp-dir that is not there, with a hint that can be pasted", () => {
    using workspace = open();
    const missing = join(folder, "it's not there");
    expect(() => workspace.temporaryFolder(missing)).toThrow(
      expect.objectContaining({
        exitCode: 64,
        message: `--temp-dir ${missing} does not exist`,
        hint: `mkdir -p '${folder}/it'\\''s not there'`,
      }),
    );
    writeFileSync(join(folder, "file"), "");
    expect(() => workspace.temporaryFolder(join(folder, "file"))).toThrow(/--temp-dir .* is not a folder/);
  });
});

describe("a workspace that outlives its job", () => {
  const resumed = () => new Workspace(output(), false, true);
  const put = (at: string, ...names: string[]) => {
    for (const name of names) writeFileSync(join(at, name), name);
  };
  /** A job that ends early with these names kept, in `tempDir` if there is one. @returns the folder they are in */
  function leaveKept(names: string[], tempDir?: string): string {
    using workspace = open();
    const at = workspace.temporaryFolder(tempDir);
    put(at, ...names, "half");
    writeFileSync(workspace.path("joined"), "half");
    workspace.keep(() => new Set(names));
    return at;
  }

  it("has the kept names and an owner file of nobody, and is handed on whole to a job that resumes", () => {
    leaveKept(["plan", "chunk"]);
    expect(readdirSync(hidden())).toEqual(["chunk", "owner.none", "plan"]);
    using workspace = resumed();
    expect(workspace.temporaryFolder(undefined)).toBe(hidden());
    expect(readdirSync(hidden())).toEqual(["chunk", ownerFileName(processIdentity()), "plan"]);
    workspace.clear(new Set(["chunk"]));
    expect(readdirSync(hidden())).toEqual(["chunk", ownerFileName(processIdentity())]);
  });

  it("is removed when nothing is kept, and when the output was published", async () => {
    leaveKept([]);
    expect(readdirSync(folder)).toEqual([]);
    {
      using workspace = open();
      put(workspace.directory, "chunk", "joined");
      workspace.keep(() => new Set(["chunk"]));
      await workspace.publish("joined");
    }
    expect(readdirSync(folder)).toEqual(["out.mp4"]);
  });

  it("is replaced by a job that does not resume", () => {
    leaveKept(["plan"]);
    using workspace = open();
    expect(readdirSync(workspace.directory)).toEqual([ownerFileName(processIdentity())]);
  });

  it("stays as it was when a job that resumes fails before it looked", () => {
    leaveKept(["plan", "chunk"]);
    resumed()[Symbol.dispose]();
    expect(readdirSync(hidden())).toEqual(["chunk", "owner.none", "plan"]);
  });

  it("is not left empty by a job that resumes and finds nothing", () => {
    resumed()[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(hidden());
    put(hidden(), ownerFileName({ ...processIdentity(), pid: spawnSync("true").pid }));
    resumed()[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of a job that was killed is handed on as it is", () => {
    mkdirSync(hidden());
    put(hidden(), "chunk", ownerFileName({ ...processIdentity(), pid: spawnSync("true").pid }));
    using workspace = resumed();
    expect(existsSync(workspace.path("chunk"))).toBe(true);
  });

  it("of another container is refused with a way out that loses nothing", () => {
    mkdirSync(hidden());
    const owner = ownerFileName({ ...processIdentity(), pidNamespace: "1" });
    put(hidden(), "chunk", owner);
    const { hint = "" } = caught(resumed);
    expect(hint).toBe(`if none is: mv ${hidden()}/${owner} ${hidden()}/owner.none`);
    spawnSync("sh", ["-c", hint.replace("if none is: ", "")]);
    using workspace = resumed();
    expect(existsSync(workspace.path("chunk"))).toBe(true);
  });

  it("loses links, not what they lead to", () => {
    mkdirSync(join(folder, "precious"));
    put(join(folder, "precious"), "file");
    leaveKept(["plan"]);
    symlinkSync(join(folder, "precious"), join(hidden(), "link"));
    using workspace = resumed();
    workspace.clear(new Set());
    expect(readdirSync(hidden())).toEqual([ownerFileName(processIdentity())]);
    expect(readdirSync(join(folder, "precious"))).toEqual(["file"]);
  });

  describe("with --temp-dir", () => {
    const elsewhere = () => join(folder, "elsewhere");
    beforeEach(() => mkdirSync(elsewhere()));

    it("finds the folder there again", () => {
      const at = leaveKept(["plan", "chunk"], elsewhere());
      expect(readdirSync(at)).toEqual(["chunk", "plan"]);
      {
        using workspace = resumed();
        expect(workspace.temporaryFolder(elsewhere())).toBe(at);
        workspace.clear(new Set(["plan"]));
        expect(readdirSync(at)).toEqual(["plan"]);
        workspace.keep(() => new Set(["plan"]));
      }
      using workspace = resumed();
      expect(workspace.temporaryFolder(elsewhere())).toBe(at);
      workspace.keep(() => new Set());
    });

    it("removes both folders at the end", () => {
      leaveKept(["plan"], elsewhere());
      {
        using workspace = resumed();
        workspace.temporaryFolder(elsewhere());
        workspace.keep(() => new Set());
      }
      expect(readdirSync(folder, { recursive: true })).toEqual(["elsewhere"]);
    });

    it("removes the earlier folder when it does not resume", () => {
      const at = leaveKept(["plan"], elsewhere());
      using workspace = open();
      expect(workspace.temporaryFolder(elsewhere())).not.toBe(at);
      expect(existsSync(at)).toBe(false);
    });

    it("refuses to resume in another place, and loses nothing", () => {
      const at = leaveKept(["plan"], elsewhere());
      const before = readdirSync(folder, { recursive: true }).sort();
      for (const place of [undefined, folder]) {
        using workspace = resumed();
        expect(() => workspace.temporaryFolder(place)).toThrow(
          expect.objectContaining({ exitCode: 64, message: `what is left of ${output()} is in another --temp-dir` }),
        );
      }
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
      expect(readdirSync(at)).toEqual(["plan"]);
    });

    it("refuses to resume what was made without it, and loses nothing", () => {
      leaveKept(["plan"]);
      {
        using workspace = resumed();
        expect(() => workspace.temporaryFolder(elsewhere())).toThrow(/was made without --temp-dir$/);
      }
      expect(readdirSync(hidden())).toEqual(["owner.none", "plan"]);
      expect(readdirSync(elsewhere())).toEqual([]);
    });

    it("follows no record to a link, nor out of the folder that was named", () => {
      const at = leaveKept(["plan"], elsewhere());
      rmSync(at, { recursive: true });
      symlinkSync(folder, at);
      put(hidden(), "elsewhere...%2f", "elsewhere.abcdefg");
      {
        using workspace = resumed();
        expect(() => workspace.temporaryFolder(elsewhere())).toThrow(UsageError);
      }
      using workspace = open();
      workspace.temporaryFolder(elsewhere());
      expect(lstatSync(at).isSymbolicLink()).toBe(true);
    });
  });
});

describe("a workspace that is there already", () => {
  /** What a job of that owner would have left. */
  function leave(owner: Partial<ProcessIdentity>): void {
    mkdirSync(hidden());
    writeFileSync(join(hidden(), ownerFileName({ ...processIdentity(), ...owner })), "");
    writeFileSync(join(hidden(), "chunk-00000.mp4"), "half");
  }

  it.each<[string, () => Partial<ProcessIdentity>]>([
    ["of a process that is gone", () => ({ pid: spawnSync("true").pid })],
    ["of a process whose pid another one has now", () => ({ startTicks: processIdentity().startTicks + 1 })],
    ["of another boot", () => ({ bootId: "00000000-0000-0000-0000-000000000000" })],
  ])("%s is taken over", (_what, owner) => {
    leave(owner());
    {
      using workspace = open();
      expect(readdirSync(workspace.directory)).toEqual([ownerFileName(processIdentity())]);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of a running process is refused and left as it is", () => {
    leave({});
    const before = readdirSync(hidden());
    expect(caught(open).message).toBe(`another mm (process ${process.pid}) is writing ${output()}`);
    expect(readdirSync(hidden())).toEqual(before);
    expect(readdirSync(folder)).toEqual([".out.mp4.mm"]);
  });

  it("of another container is refused, with a way out", () => {
    leave({ pidNamespace: "1" });
    const error = caught(open);
    expect(error.message).toContain("in another container");
    expect(error.hint).toBe(`if none is: rm -r ${hidden()}`);
    expect(existsSync(join(hidden(), "chunk-00000.mp4"))).toBe(true);
  });

  it("and empty is used", () => {
    mkdirSync(hidden());
    using workspace = open();
    expect(readdirSync(workspace.directory)).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ["a file", () => writeFileSync(hidden(), "mine")],
    ["a link to a folder", () => symlinkSync(folder, hidden())],
    [
      "a folder of somebody else",
      () => {
        mkdirSync(hidden());
        writeFileSync(join(hidden(), "mine"), "");
      },
    ],
  ])("but is %s is named and never touched", (_what, make) => {
    make();
    const before = readdirSync(folder, { recursive: true });
    expect(caught(open).message).toBe(`${hidden()} is in the way, and mm did not make it`);
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });
});

/**
 * Claims and releases the workspace for a second or more, puts the folders of dead owners in its place, and says what it saw. A lock file
 * outside of the workspace shows whether two ever held it at once.
 */
const RACER = `
import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const [module, folder, stale] = process.argv.slice(2);
const { Workspace } = await import(module);
const seen = { claimed: 0, left: 0, refused: 0, wrong: [] };
const leave = (turn) => {
  const dead = mkdtempSync(join(folder, "left-"));
  writeFileSync(join(dead, stale + process.pid + turn), "");
  writeFileSync(join(dead, "chunk"), "half");
  try { renameSync(dead, join(folder, ".out.mp4.mm")); return 1; } catch { rmSync(dead, { recursive: true }); return 0; }
};
const endMs = Date.now() + 1000;
for (let turn = 0; turn < 60 || Date.now() < endMs; turn += 1) {
  if (turn % 3 === 0) seen.left += leave(turn);
  try {
    const workspace = new Workspace(join(folder, "out.mp4"), true);
    writeFileSync(join(folder, "lock"), "", { flag: "wx" });
    writeFileSync(workspace.path("chunk"), "", { flag: "wx" });
    // Now and then its folder outlives it.
    if (turn % 4 === 1) workspace.keep(() => new Set(["chunk"]));
    else unlinkSync(workspace.path("chunk"));
    unlinkSync(join(folder, "lock"));
    workspace[Symbol.dispose]();
    seen.claimed += 1;
  } catch (error) {
    if (/^another mm/.test(error.message)) seen.refused += 1;
    else seen.wrong.push(String(error.stack));
  }
}
console.log(JSON.stringify(seen));
`;

describe("several processes that want one workspace", () => {
  it("never hold it at once, take over what dead ones left, and see no raw error", async () => {
    using built = new BuiltMm("real");
    const script = join(built.folder, "racer.mjs");
    writeFileSync(script, RACER);
    const module = pathToFileURL(join(built.folder, "dist/io/index.js")).href;
    const gone = ownerFileName({ ...processIdentity(), pid: spawnSync("true").pid, startTicks: 9 });
    const racers = Array.from({ length: 5 }, async () => {
      const racer = spawn(process.execPath, [script, module, folder, gone], { stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      for await (const data of racer.stdout) text += data;
      return JSON.parse(text) as { claimed: number; left: number; refused: number; wrong: string[] };
    });
    const seen = await Promise.all(racers);
    expect(seen.flatMap((each) => each.wrong)).toEqual([]);
    const sum = (key: "claimed" | "left" | "refused") => seen.reduce((total, each) => total + each[key], 0);
    expect(sum("claimed")).toBeGreaterThan(0);
    expect(sum("left")).toBeGreaterThan(0);
    expect(sum("refused")).toBeGreaterThan(0);
    expect(readdirSync(folder).filter((name) => name !== ".out.mp4.mm")).toEqual([]);
  });
});

describe("the name of an owner file", () => {
  it("says who the owner is, and only that is read as one", () => {
    const own = processIdentity();
    expect(parseOwnerFileName(ownerFileName(own))).toEqual(own);
    for (const name of ["owner", "owner.1", "owner.a.1.2.3.mp4", "my.owner.a.1.2.3"]) expect(parseOwnerFileName(name)).toBeUndefined();
  });
});

describe("checkOutput", () => {
  it("names a folder that is not there, with a hint that can be pasted", () => {
    const error = caught(() => checkOutput(join(folder, "not here", "out.mp4"), undefined, false));
    expect(error.message).toBe(`the folder ${folder}/not here does not exist`);
    expect(error.hint).toBe(`mkdir -p '${folder}/not here'`);
  });

  it("refuses an existing output unless it may be replaced", () => {
    writeFileSync(output(), "");
    expect(() => checkOutput(output(), undefined, false)).toThrow(/exists/);
    checkOutput(output(), undefined, true);
  });

  it.each(["/no/such", "out.mp4"])("takes a symbolic link to %s, which leads nowhere, for an existing output", (target) => {
    symlinkSync(target, output());
    expect(caught(() => checkOutput(output(), undefined, false)).message).toBe(`${output()} exists`);
    checkOutput(output(), undefined, true);
  });

  it("refuses the input as output even when replacing is allowed, under any name", () => {
    const input = join(folder, "in.mp4");
    writeFileSync(input, "");
    symlinkSync(input, join(folder, "symbolic.mp4"));
    linkSync(input, join(folder, "hard.mp4"));
    for (const name of ["in.mp4", "symbolic.mp4", "hard.mp4"]) {
      expect(() => checkOutput(join(folder, name), input, true)).toThrow(UsageError);
    }
  });

  it("refuses what is not a regular file", () => {
    expect(() => checkOutput("/dev/null", undefined, true)).toThrow(/not a regular file/);
  });

  it("refuses a name that is too long", () => {
    expect(caught(() => checkOutput(join(folder, "n".repeat(256)), undefined, true)).message).toContain("ENAMETOOLONG");
  });
});

describe("outputFailure", () => {
  it.each([
    ["ENOSPC", 75],
    ["EDQUOT", 75],
    ["EACCES", 77],
    ["EROFS", 73],
    ["EIO", 73],
  ])("maps %s to exit %i", (code, exitCode) => {
    expect(outputFailure("/x", Object.assign(new Error("no"), { code })).exitCode).toBe(exitCode);
  });
});
