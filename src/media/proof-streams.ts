/** The proof of streams: what the plan said would be carried is in the output. */
import { IoError } from "../base/index.ts";
import type { Carry } from "./carry.ts";
import type { MediaIndex } from "./container/types.ts";

/** @throws IoError naming what is missing; the output must not be published then */
export function proveStreams(output: MediaIndex, carry: Carry): void {
  const wanted = (kind: "audio" | "subtitle"): number => carry.streams.filter((stream) => stream.kind === kind).length;
  refuseFewer("audio streams", wanted("audio"), output.audio.length);
  refuseFewer("subtitle streams", wanted("subtitle"), output.subtitles.length);
}

function refuseFewer(what: string, wanted: number, found: number): void {
  if (found >= wanted) return;
  throw new IoError(`proof of streams failed: the output has ${found} ${what} and the plan ${wanted}`, {
    details: { wanted, found },
    hint: "please report this, with the output of ffprobe for the input",
  });
}
