/** What ffmpeg says of itself through `-progress`: blocks of key=value lines, each ended by `progress=continue` or `progress=end`. */
export type EngineProgress = {
  readonly frames: number;
  readonly outputBytes: number;
};

/** Feeds lines in, calls back once per block; fields that are missing or "N/A" are 0. */
export function progressReader(onBlock: (progress: EngineProgress) => void): (line: string) => void {
  let frames = 0;
  let outputBytes = 0;
  return (line) => {
    const split = line.indexOf("=");
    const key = line.slice(0, split);
    const value = Number.parseInt(line.slice(split + 1), 10);
    if (key === "frame" && value >= 0) frames = value;
    else if (key === "total_size" && value >= 0) outputBytes = value;
    else if (key === "progress") onBlock({ frames, outputBytes });
  };
}

/** The highest quantiser in the lines of a `-vstats_file`, "frame= 1 q= 23.0 ..."; undefined when none has one, as libvpx and libaom in ffmpeg 4: 0. */
export function highestQuantiser(text: string): number | undefined {
  let highest: number | undefined;
  for (const match of text.matchAll(/\bq= *(\d+(?:\.\d+)?)/g)) highest = Math.max(highest ?? 0, Number(match[1]));
  return highest === 0 ? undefined : highest;
}
