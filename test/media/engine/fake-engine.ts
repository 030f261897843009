/** Programs that answer as an ffmpeg of some release would. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type FakeRelease = { readonly version: string; readonly avcodec: string };

export const RELEASES = {
  "4.1": { version: "N-47683-g0e8eb07980-static", avcodec: "58. 42.100" },
  "6.1": { version: "6.1.1", avcodec: "60. 31.102" },
  "7.1": { version: "n7.1-184-g0e0e0e0", avcodec: "61. 19.101" },
  "9.9": { version: "9.9", avcodec: "70.  1.100" },
  "3.4": { version: "3.4.2", avcodec: "57.107.100" },
} as const satisfies Record<string, FakeRelease>;

export function fakeEngine(folder: string, { version, avcodec }: FakeRelease, name = "ffmpeg"): string {
  const script = `#!/bin/sh
echo run >> "${join(folder, "runs")}"
case "$*" in
  *-version*) printf 'ffmpeg version ${version} Copyright\\nlibavutil      1.  1.100 /  1.  1.100\\nlibavcodec     ${avcodec} / ${avcodec}\\n' ;;
  *-encoders*) printf 'Encoders:\\n V..... = Video\\n ------\\n V....D libx264              x264 (codec h264)\\n A....D aac                  AAC\\n' ;;
  *-decoders*) printf 'Decoders:\\n V..... = Video\\n ------\\n VFS..D h264                 H.264\\n' ;;
  *encoder=libx264*) printf 'Encoder libx264\\n    Supported pixel formats: yuv420p yuv420p10le gray\\nlibx264 AVOptions:\\n' ;;
  *) printf "Codec is not recognized\\n" >&2; exit 1 ;;
esac
`;
  return program(folder, name, script);
}

export function program(folder: string, name: string, text: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}
