/** Real clips, where MM_TEST_DATA names a folder that holds them in media/. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from "mediabunny";
import { describe, expect, it } from "vitest";
import { readPackets } from "../../../src/media/container/ffmpeg-input.ts";
import { indexMedia } from "../../../src/media/container/index.ts";
import { listEngines } from "../../../src/media/engine/index.ts";
import { fileInput } from "../byte-input.ts";
import { runTool } from "../run-tool.ts";
import { decodedTicks } from "./truth.ts";

const folder = join(process.env.MM_TEST_DATA ?? "", "media");
const hasClips = process.env.MM_TEST_DATA !== undefined && existsSync(folder);
const clips = hasClips ? readdirSync(folder).filter((name) => /\.(mp4|mkv|ts|y4m)$/.test(name) && name !== "multiple-aac-tracks.mp4") : [];
if (!hasClips) console.log("index of real clips: skipped, MM_TEST_DATA names no folder with media/");

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const cases = listings.flatMap(({ engine }) =>
  engine === undefined ? [] : clips.map((clip) => ({ clip, engine, version: engine.version })),
);

describe.skipIf(!hasClips)("index of real clips", () => {
  it.each(cases)(
    "of $clip equals what ffmpeg $version decodes, and its packets",
    async ({ clip, engine }) => {
      const path = join(folder, clip);
      const { video, indexedBy, demuxer } = await indexMedia(fileInput(path), path, { engine, run: runTool });
      expect([...video.ticks]).toEqual(decodedTicks(engine, path, video.timeBase));
      if (indexedBy !== "tables") return;
      const packets = (await readPackets({ engine, run: runTool, path, demuxers: demuxer, videoIndex: undefined })).table.finish();
      expect(packets.ticks).toEqual(video.ticks);
      expect(packets.keySeekTicks).toEqual(video.keySeekTicks);
      expect(await ticksByMediabunny(path, video.timeBase.den)).toEqual([...video.ticks]);
    },
    120_000,
  );
});

/** A third opinion on sample tables. */
async function ticksByMediabunny(path: string, timescale: number): Promise<number[]> {
  using input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) });
  const [track] = await input.getVideoTracks();
  if (track === undefined) throw new Error("no video");
  const ticks: number[] = [];
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    ticks.push(Math.round(packet.timestamp * timescale));
  }
  return ticks.sort((a, b) => a - b);
}
