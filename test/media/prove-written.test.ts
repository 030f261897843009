import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IoError } from "../../src/base/index.ts";
import type { WrittenIndex } from "../../src/media/container/index.ts";
import { listEngines, type RunTool } from "../../src/media/engine/index.ts";
import { proveWritten } from "../../src/media/prove-written.ts";
import { FIXTURES } from "../transcode/run-mm.ts";
import { fileInput } from "./byte-input.ts";
import { runTool } from "./run-tool.ts";

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const engine = listings.find((listing) => listing.engine !== undefined)?.engine;
if (engine === undefined) console.log("skipped: proofs of written files, because no ffmpeg is installed");

const path = join(FIXTURES, "rotated.mp4");
const wrong = new IoError("not as it should be");

/** Proves the file in a way that fails so many times. */
async function prove(
  failures: number,
  file = path,
): Promise<{ readonly looks: WrittenIndex[]; readonly runs: number; readonly error: unknown }> {
  if (engine === undefined) throw new Error("no engine");
  const looks: WrittenIndex[] = [];
  let runs = 0;
  const counted: RunTool = (...run) => {
    runs++;
    return runTool(...run);
  };
  const look = (index: WrittenIndex): void => {
    looks.push(index);
    if (looks.length <= failures) throw wrong;
  };
  const error = await proveWritten(fileInput(file), file, { engine, run: counted }, look).catch((caught: unknown) => caught);
  return { looks, runs, error };
}

describe.skipIf(engine === undefined)("a written file", () => {
  it("that its boxes prove costs no start of ffmpeg", async () => {
    expect(await prove(0)).toMatchObject({ looks: [{ container: "mp4", video: { rotation: 270 } }], runs: 0, error: undefined });
  });

  it("that its boxes do not prove may be proved by what ffmpeg says", async () => {
    expect(await prove(1)).toMatchObject({ looks: [{}, { indexedBy: "tables" }], runs: 1, error: undefined });
  });

  it("is refused by what ffmpeg says alone", async () => {
    const { looks, error } = await prove(2);
    expect(looks).toHaveLength(2);
    expect(error).toBe(wrong);
  });

  it("of another container is looked at by ffmpeg at once", async () => {
    const { looks, runs } = await prove(0, join(FIXTURES, "subtitles.mkv"));
    expect(looks).toMatchObject([{ container: "matroska" }]);
    expect(runs).toBeGreaterThan(0);
  });
});
