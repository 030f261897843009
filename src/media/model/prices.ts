/** Price of a lowered setting as bitrate at equal PSNR; to be replaced by the measured table. */
export function priceOf(_codec: "h264" | "hevc", setting: string): string {
  return `costs bitrate at equal PSNR (${setting})`;
}
