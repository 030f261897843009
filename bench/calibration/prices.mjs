// What lowering one setting costs: bitrate at equal PSNR (Bjontegaard delta) on real clips, everything else as in preset medium (superfast for
// the two passes of libvpx, whose medium is very slow).
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

const CRFS = [21, 26, 31];
/** Clips of the folder MM_TEST_DATA/media: a street, an animation, the same at full size made smaller. At most this many frames of each. */
const CLIPS = [
  { name: "car-detection.mp4", skip: 4, size: "768:432" },
  { name: "bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4", skip: 0, size: "800:640" },
  { name: "rotate-buck-bunny.mp4", skip: 1, size: "640:360" },
];
const FRAMES = 110;
const FRAME_RATE = { num: 30, den: 1 };

/** One setting at a time, from the value of preset medium down. */
const VARIED = {
  h264: [
    ["sliced-threads", 2, { threads: 2, slicedThreads: true, lookaheadThreads: 2 }],
    ["sliced-threads", 4, { threads: 4, slicedThreads: true, lookaheadThreads: 4 }],
    ["rc-lookahead", 60, { lookahead: 60 }],
    ["rc-lookahead", 30, { lookahead: 30 }],
    ["rc-lookahead", 20, { lookahead: 20 }],
    ["rc-lookahead", 15, { lookahead: 15 }],
    ["rc-lookahead", 10, { lookahead: 10 }],
    ["rc-lookahead", 5, { lookahead: 5 }],
    ["rc-lookahead", 0, { lookahead: 0 }],
    ["ref", 16, { refs: 16 }],
    ["ref", 5, { refs: 5 }],
    ["ref", 2, { refs: 2 }],
    ["ref", 1, { refs: 1 }],
    ["bframes", 8, { bframes: 8 }],
    ["bframes", 2, { bframes: 2 }],
    ["bframes", 1, { bframes: 1 }],
    ["bframes", 0, { bframes: 0, bAdapt: 0 }],
    ["weightp", 1, { weightp: 1 }],
    ["weightp", 0, { weightp: 0 }],
  ],
  hevc: [
    ["frame-threads", 2, { frameThreads: 2 }],
    ["rc-lookahead", 40, { lookahead: 40 }],
    ["rc-lookahead", 15, { lookahead: 15 }],
    ["rc-lookahead", 10, { lookahead: 10 }],
    ["rc-lookahead", 5, { lookahead: 5 }],
    ["ref", 5, { refs: 5 }],
    ["ref", 2, { refs: 2 }],
    ["ref", 1, { refs: 1 }],
    ["bframes", 8, { bframes: 8 }],
    ["bframes", 3, { bframes: 3 }],
    ["bframes", 2, { bframes: 2 }],
    ["bframes", 1, { bframes: 1 }],
    ["bframes", 0, { bframes: 0, bAdapt: 0 }],
    ["ctu", 32, { ctu: 32 }],
    ["weightp", 0, { weightp: 0 }],
  ],
  // A second pass, where pictures are held back, is measured at three bitrates instead of three qualities.
  vp9: [
    ["lag-in-frames", 19, { lag: 19 }],
    ["lag-in-frames", 16, { lag: 16 }],
    ["lag-in-frames", 12, { lag: 12 }],
    ["lag-in-frames", 8, { lag: 8 }],
  ],
  av1: [
    ["lookahead", 0, { lookahead: 0 }],
    ["hierarchical-levels", 3, { hierarchicalLevels: 3 }],
    ["hierarchical-levels", 2, { hierarchicalLevels: 2 }],
  ],
};

/** One rate each encoder is asked for, from good to poor. */
const RATES = {
  h264: CRFS.map((crf) => ["-crf", String(crf)]),
  hevc: CRFS.map((crf) => ["-crf", String(crf)]),
  vp9: ["1200k", "600k", "300k"].map((bits) => ["-b:v", bits]),
  av1: [25, 35, 45].map((crf) => ["-crf", String(crf)]),
};

/** Encodes and compares: bytes of the file and PSNR of luma in dB. */
function measurePoint(engine, source, encoder, rate, folder) {
  const output = join(folder, "price.mp4");
  const picture = `trim=start_frame=${source.skip * 30}:end_frame=${source.skip * 30 + FRAMES},setpts=PTS-STARTPTS,scale=${source.size}`;
  const input = ["-nostdin", "-v", "error", "-y", "-i", source.path, "-map", "0:v:0", "-an", "-vf", picture, "-pix_fmt", "yuv420p"];
  const encode = (pass) =>
    execFileSync(engine.path, [...input, ...encoder, ...rate, ...pass, "-f", "mp4", output], { env: { ...process.env, SVT_LOG: "1" } });
  const log = ["-passlogfile", join(folder, "price")];
  const passes = encoder.includes("libvpx-vp9")
    ? [
        ["-pass", "1", ...log],
        ["-pass", "2", ...log],
      ]
    : [[]];
  for (const pass of passes) encode(pass);
  const compare = `[1:v]${picture},format=yuv420p[r];[0:v]setpts=PTS-STARTPTS[d];[d][r]psnr`;
  const { stderr } = spawnSync(
    engine.path,
    ["-nostdin", "-hide_banner", "-i", output, "-i", source.path, "-lavfi", compare, "-f", "null", "-"],
    {
      encoding: "utf8",
    },
  );
  const psnr = Number(/PSNR y:([\d.]+)/.exec(stderr)?.[1]);
  if (!Number.isFinite(psnr)) throw new Error(`no PSNR in: ${stderr.slice(-300)}`);
  return { logBytes: Math.log(statSync(output).size), psnr };
}

/** log(bytes) at a PSNR, by the polynomial through the points. */
function interpolate(points, psnr) {
  return points.reduce((sum, a) => {
    const weight = points.reduce((product, b) => (a === b ? product : (product * (psnr - b.psnr)) / (a.psnr - b.psnr)), 1);
    return sum + a.logBytes * weight;
  }, 0);
}

/** Mean difference of bitrate over the PSNR both curves reach, in percent. */
function bitrateDelta(base, changed) {
  const low = Math.max(...[base, changed].map((curve) => Math.min(...curve.map((point) => point.psnr))));
  const high = Math.min(...[base, changed].map((curve) => Math.max(...curve.map((point) => point.psnr))));
  const steps = 100;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const psnr = low + ((i + 0.5) / steps) * (high - low);
    sum += interpolate(changed, psnr) - interpolate(base, psnr);
  }
  return (Math.exp(sum / steps) - 1) * 100;
}

/** @returns rows { key, encoder, setting, value, percent, byClip }, percent being the mean of byClip */
export async function measurePrices({ engine, model, codecs, folder, media }) {
  const sources = CLIPS.map((clip) => ({ ...clip, path: join(media, clip.name) })).filter((clip) => existsSync(clip.path));
  if (sources.length === 0) throw new Error("prices are measured on real clips: set MM_TEST_DATA to the folder that holds media/");
  const rows = [];
  for (const codec of codecs) {
    const settings = {
      h264: () => model.x264Settings("medium", 2),
      hevc: () => model.x265Settings("medium", 2),
      vp9: () => model.vp9Settings("superfast", 2, 2),
      av1: () => ({ encoder: "libsvtav1", ...model.svtSettings("medium", 1) }),
    }[codec]();
    const encoder = model.encoderName({ codec, ...settings });
    const argumentsOf = (change) =>
      model.encoderArgs({ codec, ...settings, frameRate: FRAME_RATE, ...change }, codec === "hevc" ? ["log-level=error"] : []);
    const curves = (change) =>
      sources.map((clip) => RATES[codec].map((rate) => measurePoint(engine, clip, argumentsOf(change), rate, folder)));
    const base = curves({});
    for (const [setting, value, change] of VARIED[codec]) {
      const byClip = curves(change).map((curve, at) => Number(bitrateDelta(base[at], curve).toFixed(2)));
      const percent = Number((byClip.reduce((sum, delta) => sum + delta, 0) / byClip.length).toFixed(2));
      rows.push({ key: `${encoder} ${setting}=${value}`, encoder, setting, value, percent, byClip });
      console.log(`${encoder} ${setting}=${value}`.padEnd(28), `${percent.toFixed(2)} %`.padStart(9), ` by clip: ${byClip.join(", ")}`);
    }
  }
  rmSync(join(folder, "price.mp4"), { force: true });
  return rows;
}
