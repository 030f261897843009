/** Asks a program what it is and what it can do. Eight short runs at most; the answers are worth caching. */
import { UnsupportedError } from "../../base/index.ts";
import { type Release, releaseOf } from "./capabilities.ts";
import { isStaticProgram } from "./elf.ts";
import type { EngineFacts, RunTool, ToolOutput } from "./types.ts";

/** Encoders mm drives; their pixel formats decide what can be kept. */
const VIDEO_ENCODERS = ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "libaom-av1"] as const;

/** @throws UnsupportedError when the program is not an ffmpeg mm can drive */
export async function probeEngine(path: string, run: RunTool): Promise<EngineFacts> {
  const ask = (...args: string[]): Promise<ToolOutput> => run(path, ["-hide_banner", ...args]);
  const banner = await run(path, ["-version"]);
  const { version, release } = identify(path, banner);
  const [encoders, decoders] = await all([ask("-encoders"), ask("-decoders")]);
  const isStatic = await isStaticProgram(path);
  const encoderNames = codecNames(encoders?.stdout ?? "");
  const known = VIDEO_ENCODERS.filter((encoder) => encoderNames.includes(encoder));
  const helps = await all(known.map((encoder) => ask("-h", `encoder=${encoder}`)));
  const pixelFormats = Object.fromEntries(known.map((encoder, at) => [encoder, supportedPixelFormats(helps[at]?.stdout ?? "")]));
  return { version, ...release, encoders: encoderNames, decoders: codecNames(decoders?.stdout ?? ""), pixelFormats, isStatic };
}

/** The first failure is told when no run is left that still holds memory. */
async function all(runs: readonly Promise<ToolOutput>[]): Promise<ToolOutput[]> {
  await Promise.allSettled(runs);
  return Promise.all(runs);
}

function identify(path: string, banner: ToolOutput): { version: string; release: Release } {
  const text = /^ffmpeg version (\S+)/m.exec(banner.stdout)?.[1];
  // "libavcodec     59. 37.100 / 59. 37.100": built against, and loaded now.
  const avcodec = /^libavcodec\s+[\d. ]+\/\s*(\d+)\.\s*(\d+)\./m.exec(banner.stdout);
  if (text === undefined || avcodec === null) {
    throw new UnsupportedError(`${path} is not an ffmpeg`, {
      hint: "give the path of an ffmpeg program with --ffmpeg",
      details: { path, exitCode: banner.code },
    });
  }
  const release = releaseOf(Number(avcodec[1]), Number(avcodec[2]));
  if (release === undefined) {
    throw new UnsupportedError(`${path} is ffmpeg ${text}, and mm needs 4.1 or later`, { hint: INSTALL_HINT, details: { path } });
  }
  return { version: /^n?\d+\.\d+/.test(text) ? text : `${release.major}.${release.minor} (${shortName(text)})`, release };
}

export const INSTALL_HINT = "install ffmpeg (apt-get install ffmpeg), or npm install ffmpeg-static, or name one with --ffmpeg <path>";

/** "N-47683-g0e8eb07980-static" to "N-47683". */
function shortName(text: string): string {
  return /^N-\d+/.exec(text)?.[0] ?? text;
}

/** Names from `-encoders` or `-decoders`: " V....D libx264  libx264 H.264 ..." below a line of dashes. */
function codecNames(listing: string): string[] {
  const names: string[] = [];
  for (const line of listing.split("\n")) {
    const name = /^ [VAS][A-Z.]{5} ([^\s=]+)/.exec(line)?.[1];
    if (name !== undefined) names.push(name);
  }
  return names;
}

function supportedPixelFormats(help: string): string[] {
  const list = /^\s*Supported pixel formats: (.+)$/m.exec(help)?.[1];
  return list === undefined ? [] : list.trim().split(/\s+/);
}
