// What is measured: settings that span the ladder, at each size, on each kind of input.
const FRAME_RATE = { num: 30, den: 1 };

/** @returns {{ size, kind, encoder, frames?: number, decoderThreads?: number }[]} */
export function laneGrid({ x264Settings, x265Settings }) {
  const h264 = (preset, threads, change = {}) => ({ codec: "h264", frameRate: FRAME_RATE, ...x264Settings(preset, threads), ...change });
  const sliced = (preset, threads, change = {}) => h264(preset, threads, { slicedThreads: true, lookaheadThreads: threads, ...change });
  const hevc = (preset, pools, change = {}) => ({ codec: "hevc", frameRate: FRAME_RATE, ...x265Settings(preset, pools), ...change });
  const lowest = { lookahead: 5, bframes: 0, bAdapt: 0, refs: 1 };
  const at = (size, kind, encoders, more = {}) => encoders.map((encoder) => ({ size, kind, encoder, ...more }));
  return [
    ...at("480p", "h264", [h264("ultrafast", 1), h264("superfast", 2), h264("veryfast", 3), sliced("medium", 2), h264("medium", 4)]),
    ...at("480p", "h264", [h264("slow", 1, { lookahead: 20 }), h264("medium", 1, lowest), sliced("faster", 3, { bframes: 1, refs: 2 })]),
    ...at("480p", "h264", [h264("medium", 2), sliced("veryfast", 2), hevc("medium", 2)], { frames: 30 }),
    ...at("480p", "h264", [h264("medium", 2), hevc("fast", 2)], { frames: 10 }),
    ...at("480p", "h264-plain", [h264("ultrafast", 2), sliced("veryfast", 2)]),
    ...at("480p", "h264-10", [h264("veryfast", 2), sliced("medium", 2, { lookahead: 10 }), hevc("ultrafast", 2)]),
    ...at("480p", "hevc", [h264("ultrafast", 1), sliced("fast", 2), hevc("superfast", 2)]),
    ...at("480p", "hevc-10", [h264("superfast", 2), hevc("medium", 2, { lookahead: 10 })], { decoderThreads: 2 }),
    ...at("480p", "h264", [hevc("ultrafast", 1), hevc("superfast", 2, { frameThreads: 2 }), hevc("veryfast", 2), hevc("medium", 2)]),
    ...at("480p", "h264", [hevc("slow", 2, { lookahead: 15 }), hevc("medium", 4, { ctu: 32, frameThreads: 3 }), hevc("medium", 2, lowest)]),
    ...at("1080p", "h264", [h264("ultrafast", 1), h264("veryfast", 3), sliced("medium", 2, { lookahead: 20 }), h264("medium", 1, lowest)]),
    ...at("1080p", "hevc-10", [sliced("veryfast", 2), hevc("ultrafast", 2)]),
    ...at("1080p", "h264", [hevc("ultrafast", 2), hevc("veryfast", 2), hevc("medium", 2, { lookahead: 10, frameThreads: 2 })]),
    ...at("1080p", "hevc", [hevc("medium", 2, { ...lowest, ctu: 32 })]),
    ...at("4k", "h264-plain", [h264("ultrafast", 1), sliced("medium", 2, lowest), hevc("ultrafast", 2)]),
    ...at("4k", "hevc-10", [h264("ultrafast", 1)]),
    // The smallest encoder there is, so that the decoder shows.
    ...["480p", "1080p", "4k"].flatMap((size) =>
      SOURCES.flatMap((kind) => at(size, kind, [h264("ultrafast", 1)], { decoderThreads: 2, isSource: true })),
    ),
  ];
}

/** Kinds of input whose decoder is measured alone, at the sizes that are quick enough. */
const SOURCES = ["vp8", "vp9", "vp9-10", "av1", "av1-10", "mpeg2", "mpeg2-422", "mpeg4", "mjpeg", "mjpeg-444", "prores", "ffv1", "raw"];
const ESTIMATED = ["huffyuv", "dnxhr"];

/** @returns {{ size, kind, threads: number, output: "drained" | "blocked" }[]} */
export function decodeGrid() {
  const known = ["480p h264", "480p hevc-10", "1080p h264", "1080p h264-10", "1080p hevc", "4k h264-plain"];
  const small = ["480p", "1080p"].flatMap((size) => [...SOURCES, "ffv1-10", "vp9-444", ...ESTIMATED].map((kind) => `${size} ${kind}`));
  const large = SOURCES.map((kind) => `4k ${kind}`);
  const cells = (names, threads, output) =>
    names.map((name) => {
      const [size, kind] = name.split(" ");
      return { size, kind, threads, output };
    });
  return [
    ...[...cells(known, 1, "drained"), ...cells(known, 1, "blocked"), ...cells(known, 2, "drained")],
    ...[...cells([...small, ...large], 1, "drained"), ...cells([...small, ...large], 2, "drained")],
  ];
}
