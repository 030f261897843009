import { describe, expect, it } from "vitest";
import { canSeek, type SeekFacts } from "../../../src/media/container/seeking.ts";

const facts: SeekFacts = {
  container: "mp4",
  demuxer: "mov,mp4,m4a,3gp,3g2,mj2",
  doubts: [],
  hasKeys: true,
  isGradual: false,
  keyDelaySeconds: 0.2,
};

describe("canSeek", () => {
  it("trusts containers with an index, and files of equal frames", () => {
    for (const container of ["mp4", "mov", "matroska", "webm", "avi"] as const) expect(canSeek({ ...facts, container })).toBe(true);
    expect(canSeek({ ...facts, container: "other", demuxer: "yuv4mpegpipe" })).toBe(true);
    for (const demuxer of ["flv", "mpeg", "ogg", "asf", "h264"]) expect(canSeek({ ...facts, container: "other", demuxer })).toBe(false);
  });

  it("trusts a transport stream as far ahead as ffmpeg aims", () => {
    const stream = { ...facts, container: "mpegts", demuxer: "mpegts" } as const;
    expect(canSeek({ ...stream, keyDelaySeconds: 0.125 })).toBe(true);
    expect(canSeek({ ...stream, keyDelaySeconds: 0.16 })).toBe(false);
  });

  it("trusts no file without keyframes, with damage, or with times that do not tell frames apart", () => {
    expect(canSeek({ ...facts, hasKeys: false })).toBe(false);
    expect(canSeek({ ...facts, isGradual: true })).toBe(false);
    for (const doubt of ["packets without a time", "two frames at one time", "lost packets"] as const)
      expect(canSeek({ ...facts, doubts: [doubt] })).toBe(false);
    expect(canSeek({ ...facts, doubts: ["the first packet is no keyframe"] })).toBe(true);
  });
});
