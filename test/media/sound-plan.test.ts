import { describe, expect, it } from "vitest";
import type { AudioTrack } from "../../src/media/container/types.ts";
import type { Engine } from "../../src/media/engine/index.ts";
import { outputFormatOf } from "../../src/media/output-format.ts";
import { planSound, refuseSoundCodec, type SoundRequest } from "../../src/media/sound-plan.ts";

const engine = {
  major: 5,
  version: "5.1",
  encoders: ["aac", "libopus"],
  decoders: ["ac3", "dca", "flac", "pcm_s16le", "opus"],
} as unknown as Engine;
const track = (values: Partial<AudioTrack>) =>
  ({ streamIndex: 1, codec: "flac", sampleRate: 48_000, channels: 2, layout: "stereo", ...values }) as AudioTrack;
const plan = (values: Partial<AudioTrack>, output: string, request: Partial<SoundRequest> = {}, from: Engine = engine) =>
  planSound(track(values), outputFormatOf(output, undefined), from, { audio: undefined, audioBitsPerSecond: undefined, ...request });

describe("planSound", () => {
  it.each([
    ["flac", "o.mp4", "copy", "flac"],
    ["flac", "o.mov", "aac", "aac"],
    ["flac", "o.webm", "libopus", "opus"],
    ["opus", "o.webm", "copy", "opus"],
    ["dts", "o.mp4", "aac", "aac"],
    ["dts", "o.mkv", "copy", "dts"],
    ["pcm_s16le", "o.mov", "copy", "pcm_s16le"],
  ])("%s into %s is %s", (codec, output, encoder, outputCodec) => {
    expect(plan({ codec }, output)).toMatchObject({ codec: encoder, outputCodec });
  });

  it("resamples what the encoder does not take, and Opus is always heard at 48 kHz", () => {
    expect(plan({ sampleRate: 192_000 }, "o.mov")).toMatchObject({ sound: { sampleRate: 96_000 }, options: [["ar", "96000"]] });
    expect(plan({ sampleRate: 8000 }, "o.mov")).toMatchObject({ sound: { sampleRate: 8000 }, options: [] });
    expect(plan({ sampleRate: 37_800 }, "o.mov")).toMatchObject({ sound: { sampleRate: 44_100 } });
    expect(plan({ sampleRate: 44_100 }, "o.webm")).toMatchObject({ sound: { sampleRate: 48_000 }, options: [["ar", "48000"]] });
    expect(plan({ sampleRate: 16_000 }, "o.webm")).toMatchObject({ sound: { sampleRate: 48_000 }, options: [] });
  });

  it("names the rear loudspeakers as the encoder knows them, and refuses what would be mixed", () => {
    const side = { layout: "5.1(side)", channels: 6 };
    expect(plan(side, "o.webm")).toMatchObject({ sound: { channels: 6 }, options: [["filter", "aformat=channel_layouts=5.1"]] });
    expect(plan({ layout: "6 channels", channels: 6 }, "o.webm").options).toEqual([["filter", "aformat=channel_layouts=5.1"]]);
    expect(() => plan({ layout: "2.1", channels: 3 }, "o.webm")).toThrow(/has the channels "2.1", which libopus has no place for/);
    expect(() => plan({ layout: "hexadecagonal", channels: 16 }, "o.mp4", { audio: "aac" })).toThrow(
      expect.objectContaining({ exitCode: 69 }),
    );
  });

  it("a bit rate means an encoder, and has a highest value", () => {
    expect(plan({ codec: "opus" }, "o.webm", { audioBitsPerSecond: 96_000 })).toMatchObject({
      codec: "libopus",
      options: [["b", "96000"]],
    });
    expect(() => plan({}, "o.webm", { audioBitsPerSecond: 600_000 })).toThrow(
      expect.objectContaining({ exitCode: 64, hint: "--audio-bitrate 512k" }),
    );
  });

  it("what the container does not take is a wrong request, or refused with what to type", () => {
    const refused = { exitCode: 64, hint: "--audio opus, or an output named .mp4" };
    expect(() => refuseSoundCodec(outputFormatOf("o.webm", undefined), "aac")).toThrow(expect.objectContaining(refused));
    expect(() => plan({}, "o.mov", { audio: "copy" })).toThrow(
      expect.objectContaining({ exitCode: 69, hint: "--audio aac, or an output named .mkv" }),
    );
    expect(() => plan({ codec: "truehd" }, "o.mp4")).toThrow(/cannot decode/);
  });

  it("ALAC goes into MP4 since ffmpeg 5", () => {
    const old = { ...engine, major: 4, decoders: ["alac"] };
    expect(plan({ codec: "alac" }, "o.mp4").codec).toBe("copy");
    expect(plan({ codec: "alac" }, "o.mp4", {}, old).codec).toBe("aac");
  });

  it("an engine without libopus has one of its own, for two channels", () => {
    const bare = { ...engine, encoders: ["opus"] };
    expect(plan({}, "o.webm", {}, bare)).toMatchObject({ codec: "opus", options: [["strict", "-2"]] });
    expect(() => plan({ layout: "5.1", channels: 6 }, "o.webm", {}, bare)).toThrow(/opus has no place for/);
    expect(() => plan({}, "o.webm", {}, { ...engine, encoders: [] })).toThrow(/has no libopus and no opus/);
  });
});
