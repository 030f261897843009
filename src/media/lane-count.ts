/** How many chunks are encoded at once: what the plan says until a finished chunk shows what a lane truly holds. */
import { formatBytes } from "../base/index.ts";
import { moreKernelBytes } from "./plan.ts";
import type { TranscodeJob } from "./transcode-job.ts";

type LaneRoom = {
  /** What all lanes may hold together. */
  readonly roomBytes: number;
  /** Lanes that go on with their chunks, and what they have claimed. */
  readonly running: number;
  readonly claimedBytes: number;
  /** Forecast of one. */
  readonly forecastBytes: number;
  readonly plannedLanes: number;
  /** So many would pay. */
  readonly usefulLanes: number;
};

type LaneCorrection = { readonly lanes: number; readonly laneBytes: number };

/**
 * A chunk not yet encoded may hold more than those that are: so much is left above the highest. Measured, chunks of one encode lie within
 * 2.5 % (x264 veryfast, and fast at crf 12, 480p; 0.1 % at 1080p), those of x265, libvpx, ffv1, mpeg4 and libxvid within 1.2 %.
 */
const SPREAD = 1.1;

/**
 * More lanes where they pay and memory alone held them back, fewer where the forecast was too low for those there are. The sum of all claims
 * stays within the room either way.
 *
 * @param peakBytes - the highest that a finished chunk took
 */
export function correctLanes(room: LaneRoom, peakBytes: number): LaneCorrection {
  const { roomBytes, running, claimedBytes, forecastBytes, plannedLanes, usefulLanes } = room;
  const isOver = peakBytes > forecastBytes;
  const laneBytes = isOver
    ? Math.max(forecastBytes, Math.min(peakBytes, roomBytes))
    : Math.min(forecastBytes, Math.round(SPREAD * peakBytes));
  const bytesOf = (lanes: number): number => {
    const others = Math.min(lanes, running);
    return Math.max(others === running ? claimedBytes : 0, others * laneBytes) + (lanes - others) * laneBytes + moreKernelBytes(lanes);
  };
  const fewest = isOver ? 1 : plannedLanes;
  let lanes = Math.max(plannedLanes, usefulLanes);
  while (lanes > fewest && bytesOf(lanes) > roomBytes) lanes -= 1;
  // Without more lanes a smaller claim would gain nothing but an earlier fuse.
  return { lanes, laneBytes: lanes > plannedLanes ? laneBytes : Math.max(laneBytes, forecastBytes) };
}

export class LaneCount {
  readonly #job: TranscodeJob;
  #peakBytes = 0;
  #lanes: number;
  #laneBytes: number;

  constructor(job: TranscodeJob) {
    this.#job = job;
    this.#lanes = job.chosen.lanes;
    this.#laneBytes = job.chosen.lane.totalBytes;
  }

  get lanes(): number {
    return this.#lanes;
  }

  /** The job as the next chunk is to be encoded: only its claim may differ. */
  get job(): TranscodeJob {
    const { chosen } = this.#job;
    return { ...this.#job, chosen: { ...chosen, lane: { ...chosen.lane, totalBytes: this.#laneBytes } } };
  }

  /**
   * A chunk is finished that took so much.
   *
   * @param running - lanes that go on with their chunks meanwhile, under claims of before
   */
  measured(chunkBytes: number, running: number): void {
    const { core, chosen } = this.#job;
    if (!core.isAdaptive) return;
    const peakBytes = Math.max(this.#peakBytes, chunkBytes);
    this.#peakBytes = peakBytes;
    const { budget } = core;
    const claimedBytes = budget.byTag().find(({ tag }) => tag === "lane.ffmpeg")?.currentBytes ?? 0;
    const ownBytes = budget.reservedBytes - claimedBytes;
    const room = {
      roomBytes: budget.limitBytes - ownBytes,
      running,
      claimedBytes,
      forecastBytes: chosen.lane.totalBytes,
      plannedLanes: chosen.lanes,
      // Files on a memory file system take memory as they come.
      usefulLanes: core.spill.warning === undefined ? chosen.usefulLanes : chosen.lanes,
    };
    const wished = correctLanes(room, peakBytes);
    const isToBeHad = core.pledge(ownBytes + wished.lanes * wished.laneBytes + moreKernelBytes(wished.lanes));
    const { lanes, laneBytes } = isToBeHad ? wished : correctLanes({ ...room, roomBytes: core.roomBytes - ownBytes }, peakBytes);
    this.#laneBytes = laneBytes;
    if (lanes === this.#lanes) return;
    this.#lanes = lanes;
    const found = `a chunk took ${formatBytes(peakBytes)} where ${formatBytes(chosen.lane.totalBytes)} were planned`;
    this.#job.onDetail(`${lanes === 1 ? "one chunk" : `${lanes} chunks`} at a time from here on: ${found}`);
    this.#job.onLanes(lanes, ownBytes + lanes * laneBytes);
  }
}
