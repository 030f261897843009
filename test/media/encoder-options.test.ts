import { describe, expect, it } from "vitest";
import { parseEncoderOptions } from "../../src/media/encoder-options.ts";

describe("encoder arguments behind --", () => {
  it("become settings of the plan where they decide memory, and are passed on where not", () => {
    const options = parseEncoderOptions("libx264", ["-tune", "film", "-bf", "5", "-x264-params", "ref=6:aq-mode=3:no-psy:keyint=48"]);
    expect(options).toEqual({
      settings: { bframes: 5, refs: 6, keyint: 48 },
      args: ["-tune", "film"],
      parameters: ["aq-mode=3", "no-psy=1"],
      isCuttable: true,
    });
  });

  it("make one chunk where a rate control goes through the whole video", () => {
    expect(parseEncoderOptions("libx264", ["-maxrate", "2M", "-bufsize", "4M"]).isCuttable).toBe(false);
    expect(parseEncoderOptions("libx265", ["-x265-params", "vbv-maxrate=2000:vbv-bufsize=4000"]).isCuttable).toBe(false);
  });

  it.each([
    ["libx264", ["-i", "/etc/passwd"], "does not pass -i"],
    ["libx264", ["-f", "null"], "does not pass -f"],
    ["libx264", ["-threads", "64"], "does not pass -threads"],
    ["libx264", ["-x264-params", "threads=64"], "does not pass threads"],
    ["libx264", ["-x264-params", "stats=x.log"], "does not pass stats"],
    ["libx264", ["-x264-params", "aq-mode=1:qpfile=/tmp/x"], "letters, digits"],
    ["libx264", ["-tune", "film'; rm"], "letters, digits"],
    ["libx264", ["-tune"], "needs a value"],
    ["libx264", ["-bf", "17"], "from 0 to 16"],
    ["libx264", ["-bf", "x"], "from 0 to 16"],
    ["libx264", ["constructor", "1"], "does not pass constructor"],
    ["libx264", ["out2.mp4"], "does not pass out2.mp4"],
    ["libx265", ["-x265-params", "pools=64"], "does not pass pools"],
    ["libx265", ["-x264-params", "ref=1"], "does not pass -x264-params"],
    ["libvpx-vp9", ["-lag-in-frames", "26"], "from 0 to 25"],
    ["another", ["-g", "1"], "does not pass -g"],
  ])("%s refuses %j", (encoder, words, message) => {
    expect(() => parseEncoderOptions(encoder, words)).toThrow(message);
  });
});
