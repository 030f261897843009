/** A picture with nothing special about it, as a track of an input and as planned. */
import type { MediaIndex, VideoTrack } from "../../src/media/container/index.ts";
import type { Engine } from "../../src/media/engine/index.ts";
import { type Picture, type PictureRequest, planPicture } from "../../src/media/picture.ts";

export function plainVideo(more: Partial<VideoTrack> = {}): VideoTrack {
  return {
    videoIndex: 0,
    streamIndex: 0,
    codec: "h264",
    width: 192,
    height: 128,
    sar: { num: 1, den: 1 },
    rotation: 0,
    isMirrored: false,
    bitDepth: 8,
    chroma: "4:2:0",
    pixelFormat: "yuv420p",
    color: {},
    fieldOrder: "progressive",
    timeBase: { num: 1, den: 25 },
    ticks: Float64Array.from({ length: 25 }, (_, at) => at),
    lastDurationTicks: 1,
    keyframes: Uint32Array.of(0),
    keySeekTicks: Float64Array.of(0),
    dpbFrames: 4,
    refFrames: 4,
    reorderFrames: 0,
    frameRate: { num: 25, den: 1 },
    isVariableRate: false,
    sideData: [],
    ...more,
  };
}

export function plainIndex(more: Partial<VideoTrack> = {}, container: MediaIndex["container"] = "mp4"): MediaIndex {
  return { path: "in.mp4", container, video: plainVideo(more), audio: [], startMicroseconds: 0 } as unknown as MediaIndex;
}

export function plainPicture(more: Partial<VideoTrack> = {}, request: Partial<PictureRequest> = {}): Picture {
  return planPicture(plainIndex(more), {
    startSeconds: 0,
    durationSeconds: undefined,
    frameRate: undefined,
    size: undefined,
    filtered: undefined,
    dropped: [],
    ...request,
  });
}

/** An engine with these pixel formats for its encoders, which is not there. */
export function engineWith(pixelFormats: Engine["pixelFormats"], decoders: readonly string[] = []): Engine {
  return { path: "/nowhere/ffmpeg", version: "5.1", major: 5, minor: 1, pixelFormats, decoders } as unknown as Engine;
}
