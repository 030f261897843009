import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputMissingError, PermissionError, UnsupportedError } from "../../../src/base/index.ts";
import { findEngine, listEngines } from "../../../src/media/engine/index.ts";
import { runTool } from "../run-tool.ts";
import { fakeEngine, program, RELEASES } from "./fake-engine.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-engine-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const runs = (): number => (existsSync(join(folder, "runs")) ? readFileSync(join(folder, "runs"), "utf8").split("\n").length - 1 : 0);
const explicit = (path: string) => ({ path, origin: "--ffmpeg" as const });
const find = (more: Partial<Parameters<typeof findEngine>[0]> = {}) => findEngine({ searchPath: folder, run: runTool, ...more });

describe("findEngine", () => {
  it("finds ffmpeg in PATH and asks it what it can do", async () => {
    const path = fakeEngine(folder, RELEASES["6.1"]);
    expect(await find({ searchPath: `/nonexistent::${folder}` })).toEqual({
      path,
      origin: "PATH",
      version: "6.1.1",
      major: 6,
      minor: 1,
      encoders: ["libx264", "aac"],
      decoders: ["h264"],
      pixelFormats: { libx264: ["yuv420p", "yuv420p10le", "gray"] },
      isStatic: false,
      caps: {
        frameSync: "-fps_mode",
        hasStatsPeriod: true,
        hasMovieTimescale: true,
        hasOutputThreadQueue: true,
        queueFrames: 3,
      },
    });
  });

  it("places builds without a release number by their libraries, and warns of old ones", async () => {
    fakeEngine(folder, RELEASES["4.1"]);
    const engine = await find();
    expect(engine).toMatchObject({ version: "4.1 (N-47683)", major: 4, minor: 1 });
    expect(engine.caps).toMatchObject({ frameSync: "-vsync", hasMovieTimescale: false });
    expect(engine.warning).toMatch(/4\.1 \(N-47683\).*install ffmpeg/);
    fakeEngine(folder, RELEASES["7.1"]);
    const newer = await find();
    expect(newer).toMatchObject({ version: "n7.1-184-g0e0e0e0", major: 7, minor: 1, caps: { queueFrames: 20 } });
    expect(newer.warning).toBeUndefined();
    fakeEngine(folder, RELEASES["9.9"]);
    expect(await find()).toMatchObject({ version: "9.9", major: 8, caps: { queueFrames: 20 } });
  });

  it("takes the program the user named and no other", async () => {
    mkdirSync(join(folder, "path"));
    fakeEngine(join(folder, "path"), RELEASES["7.1"]);
    const named = fakeEngine(folder, RELEASES["6.1"], "my-ffmpeg");
    const searchPath = join(folder, "path");
    expect(await find({ searchPath, explicit: explicit(named) })).toMatchObject({ path: named, origin: "--ffmpeg", major: 6 });
    expect(await find({ searchPath: folder, explicit: explicit("my-ffmpeg") })).toMatchObject({ path: named });
    await expect(find({ searchPath, explicit: explicit(join(folder, "none")) })).rejects.toThrow(InputMissingError);
    await expect(find({ searchPath, explicit: explicit("no-such-ffmpeg") })).rejects.toMatchObject({ exitCode: 66 });
    await expect(find({ searchPath, explicit: explicit(folder) })).rejects.toThrow(UnsupportedError);
    await expect(find({ searchPath, explicit: explicit(program(folder, "plain", "text", 0o644)) })).rejects.toThrow(PermissionError);
    await expect(find({ searchPath, explicit: explicit(program(folder, "other", "#!/bin/sh\necho hello\n")) })).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(/not an ffmpeg/),
    });
    await expect(find({ searchPath, explicit: explicit(fakeEngine(folder, RELEASES["3.4"], "old")) })).rejects.toThrow(
      /needs 4\.1 or later/,
    );
  });

  it("passes over programs in PATH that are no ffmpeg", async () => {
    program(folder, "ffmpeg", "#!/bin/sh\nexit 3\n");
    const listings = await listEngines({ searchPath: folder, run: runTool });
    expect(listings.find(({ origin }) => origin === "PATH")).toMatchObject({ problem: expect.stringMatching(/not an ffmpeg/) });
    const packaged = listings.find(({ engine }) => engine !== undefined)?.engine;
    if (packaged === undefined) await expect(find()).rejects.toThrow(/no ffmpeg found/);
    else expect(await find()).toEqual(packaged);
  });

  it("lists a named program first, with its problem if it has one", async () => {
    fakeEngine(folder, RELEASES["6.1"]);
    const listings = await listEngines({ searchPath: folder, run: runTool, explicit: explicit("/none/ffmpeg") });
    expect(listings[0]).toMatchObject({ origin: "--ffmpeg", problem: expect.stringMatching(/there is no/) });
    expect(listings.find(({ origin }) => origin === "PATH")?.engine?.version).toBe("6.1.1");
  });
});

describe("the cache of engines", () => {
  it("spares the questions until the program changes", async () => {
    const path = fakeEngine(folder, RELEASES["6.1"]);
    const cacheDir = join(folder, "cache", "mm");
    const first = await find({ cacheDir });
    expect(runs()).toBe(4);
    expect(await find({ cacheDir })).toEqual(first);
    expect(runs()).toBe(4);
    utimesSync(path, new Date(2001, 1, 1), new Date(2001, 1, 1));
    await find({ cacheDir });
    expect(runs()).toBe(8);
    fakeEngine(folder, RELEASES["7.1"]);
    expect((await find({ cacheDir })).major).toBe(7);
    expect(readdirSync(cacheDir)).toHaveLength(1);
  });

  it("is ignored when damaged, and written anew", async () => {
    fakeEngine(folder, RELEASES["6.1"]);
    const cacheDir = join(folder, "cache");
    const engine = await find({ cacheDir });
    const [file = ""] = readdirSync(cacheDir);
    for (const damage of ["", "{", "null", '{"schema":"mm.engine/2"}', '{"schema":"mm.engine/2","identity":"x","facts":{"version":1}}']) {
      writeFileSync(join(cacheDir, file), damage);
      expect(await find({ cacheDir })).toEqual(engine);
    }
    expect(JSON.parse(readFileSync(join(cacheDir, file), "utf8"))).toMatchObject({ facts: { version: "6.1.1" } });
  });

  it("may be read-only or impossible", async () => {
    fakeEngine(folder, RELEASES["6.1"]);
    const cacheDir = join(folder, "read-only");
    mkdirSync(cacheDir);
    chmodSync(cacheDir, 0o500);
    expect((await find({ cacheDir })).major).toBe(6);
    chmodSync(cacheDir, 0o700);
    writeFileSync(join(folder, "a-file"), "");
    expect((await find({ cacheDir: join(folder, "a-file", "mm") })).major).toBe(6);
  });
});
