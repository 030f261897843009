import { describe, expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import { containerOf, demuxersOf, sniffContainer } from "../../../src/media/container/sniff.ts";
import { byteInput } from "../byte-input.ts";

const sniff = (bytes: Uint8Array | string) => sniffContainer(byteInput(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes));

/** Packets with a sync byte each and noise between them. */
function transportStream(packetBytes: number, first: number, packets = 30): Uint8Array {
  return Uint8Array.from({ length: first + packetBytes * packets }, (_, at) => ((at - first) % packetBytes === 0 ? 0x47 : (at * 31) % 256));
}

describe("sniffContainer", () => {
  it("knows containers by their first bytes", () => {
    expect(sniff("\0\0\0\x14ftypisom\0\0\0\0")).toBe("mp4");
    expect(sniff("\0\0\0\x14ftypqt  \0\0\0\0")).toBe("mov");
    expect(sniff("\0\0\0\x08wide\0\0\0\x08mdat")).toBe("mp4");
    expect(sniff("\x1aE\xdf\xa3\x01\0\0\0")).toBe("matroska");
    expect(sniff("RIFF\x08\0\0\0AVI LIST")).toBe("avi");
    expect(sniff("YUV4MPEG2 W16 H16 F25:1\n")).toBe("other");
    expect(sniff("\0\0\x01\xba\x44\0\x04\0")).toBe("other");
  });

  it("knows transport streams of all packet sizes, from wherever they were cut out", () => {
    for (const packetBytes of [188, 192, 204])
      for (const first of [0, 4, 100]) expect(sniff(transportStream(packetBytes, first))).toBe("mpegts");
  });

  it("refuses empty files, text, and an AVI that is shorter than it says", () => {
    expect(() => sniff("")).toThrow(/is empty/);
    for (const text of ["hello\n", "#EXTM3U\n", "ffconcat version 1.0\nfile a.mp4\n", "\xef\xbb\xbfna\xc3\xafve\r\n"])
      expect(() => sniff(text)).toThrow(/is text/);
    expect(() => sniff("RIFF\x64\0\0\0AVI LIST")).toThrow(MalformedInputError);
  });

  it("adds up the parts of a large AVI, and accepts one whose size nobody wrote", () => {
    expect(sniff("RIFF\x08\0\0\0AVI LISTRIFF\x04\0\0\0AVIX")).toBe("avi");
    expect(() => sniff("RIFF\x08\0\0\0AVI LISTRIFF\x09\0\0\0AVIX")).toThrow(/cut short: 5 bytes are missing/);
    expect(sniff("RIFF\xff\xff\xff\xffAVI LIST")).toBe("avi");
    expect(sniff("RIFF\0\0\0\0AVI LIST")).toBe("avi");
  });

  it("refuses YUV4MPEG2 that ends within a frame", () => {
    expect(() => sniff("YUV4MPEG2 W2 H2 F25:1\nFRAME\n123456FRAME\n12")).toThrow(/cut short: 4 bytes are missing/);
  });

  it("gives whole demuxer names, which is how white lists compare them", () => {
    expect(demuxersOf("mov")).toBe("mov,mp4,m4a,3gp,3g2,mj2");
    expect(containerOf("mpegts")).toBe("mpegts");
    expect(containerOf("yuv4mpegpipe")).toBe("other");
    for (const forbidden of ["hls", "concat", "dash", "image2", "lavfi"]) expect(demuxersOf("other").split(",")).not.toContain(forbidden);
  });
});
