// What is measured: settings that span the ladder, at each size, on each kind of input.
const FRAME_RATE = { num: 30, den: 1 };

/** @returns {{ size, kind, encoder, frames?: number, decoderThreads?: number, oldestEngine?: number }[]} */
export function laneGrid(model) {
  return [...blockGrid(model), ...vp9Grid(model), ...svtGrid(model), ...aomGrid(model)];
}

const at = (size, kind, encoders, more = {}) => encoders.map((encoder) => ({ size, kind, encoder, ...more }));

/** Memory does not depend on -cpu-used (one row of medium says so), time does. */
function vp9Grid({ vp9Settings }) {
  const vp9 = (preset, threads, passes) => ({ codec: "vp9", ...vp9Settings(preset, threads, passes) });
  const threads = [vp9("superfast", 2), vp9("superfast", 4)];
  const second = vp9("superfast", 2, 2);
  return [
    ...at("480p", "h264", [...threads, vp9("superfast", 8), vp9("medium", 2), vp9("ultrafast", 2)], { frames: 20 }),
    ...at("480p", "h264-10", [...threads, second], { frames: 60 }),
    ...at("480p", "h264", [second, { ...second, lag: 12 }], { frames: 60 }),
    ...at("480p", "h264", [vp9("superfast", 2)], { frames: 2 }),
    ...at("1080p", "h264", threads, { frames: 12 }),
    ...at("1080p", "h264-10", threads, { frames: 12 }),
    ...at("1080p", "h264", [second], { frames: 50 }),
    ...at("4k", "h264-plain", threads, { frames: 8 }),
    ...at("4k", "hevc-10", threads, { frames: 8 }),
  ];
}

/** Enough pictures to fill two mini-groups and what waits in front of them. */
function svtGrid({ svtSettings }) {
  const svt = (preset, lp, change = {}) => ({ codec: "av1", encoder: "libsvtav1", ...svtSettings(preset, lp), ...change });
  const least = { lookahead: 0, hierarchicalLevels: 2 };
  return [
    ...at("480p", "h264", [svt("medium", 2), svt("ultrafast", 2), svt("slow", 2), svt("slower", 2), svt("medium", 1, least)], {
      frames: 60,
    }),
    ...at("480p", "h264-10", [svt("medium", 2), svt("medium", 1), svt("medium", 2, { lookahead: 0 })], { frames: 60 }),
    ...at("1080p", "h264", [svt("medium", 2), svt("slow", 1), svt("medium", 1, { lookahead: 0, hierarchicalLevels: 3 })], { frames: 50 }),
    ...at("1080p", "h264-10", [svt("medium", 2), svt("medium", 1, least)], { frames: 50 }),
    ...at("4k", "h264-plain", [svt("ultrafast", 2, { lookahead: 0 }), svt("medium", 1, least)], { frames: 24 }),
    ...at("4k", "hevc-10", [svt("medium", 1, least)], { frames: 24 }),
  ];
}

/** libaom is slow: few pictures, more than it holds back. Its first release, of ffmpeg 4, is too slow to be measured here. */
function aomGrid({ aomSettings }) {
  const aom = (threads, lag) => ({ ...aomSettings("ultrafast", threads, { major: 5 }), codec: "av1", encoder: "libaom-av1", lag });
  const since5 = (frames) => ({ frames, oldestEngine: 5 });
  return [
    ...at("480p", "h264", [aom(2, 35)], since5(50)),
    ...at("480p", "h264", [aom(2, 5), aom(4, 5)], since5(20)),
    ...at("480p", "h264-10", [aom(2, 5)], since5(20)),
    ...at("1080p", "h264", [aom(2, 5)], since5(16)),
  ];
}

function blockGrid({ x264Settings, x265Settings }) {
  const h264 = (preset, threads, change = {}) => ({ codec: "h264", frameRate: FRAME_RATE, ...x264Settings(preset, threads), ...change });
  const sliced = (preset, threads, change = {}) => h264(preset, threads, { slicedThreads: true, lookaheadThreads: threads, ...change });
  const hevc = (preset, pools, change = {}) => ({ codec: "hevc", frameRate: FRAME_RATE, ...x265Settings(preset, pools), ...change });
  const lowest = { lookahead: 5, bframes: 0, bAdapt: 0, refs: 1 };
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
