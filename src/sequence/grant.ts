/** How the memory of a reduction is divided. Nothing that comes out depends on it. */
import { assert, MIB } from "../base/index.ts";
import type { SorterName } from "../binding/index.ts";
import { PAGE_BYTES, pagesAbove, pagesBelow } from "./pages.ts";

export type ReductionGrant = {
  /** Records in the order of their rank, before they are compared. */
  readonly rankBytes: number;
  /** What members are made of, in the order of the input. */
  readonly assignmentBytes: number;
  /** Windows of the reader; then sequences, table and matrices of the clustering; then blocks of the writer. */
  readonly stageBytes: number;
};

const FEWEST_RANK_BYTES = 2 * PAGE_BYTES;
const FEWEST_ASSIGNMENT_BYTES = PAGE_BYTES;
/** When there is not room for all: two passes read what the sorter left on disk, so most goes to the clustering... */
const STAGE_SHARE = 0.55;
/** ...and of the rest most to the ranks: there are fewer members than records. */
const RANK_SHARE = 0.78;

/**
 * @param freeBytes - what the ledger has left
 * @param inputBytes - of the input, unpacked
 * @param fewestStageBytes - with which every stage ends
 * @throws AssertionError where the fewest do not fit: the caller has refused that, in the user's words
 */
export function divideMemory(freeBytes: number, inputBytes: number, fewestStageBytes: number): ReductionGrant {
  assert(freeBytes >= fewestGrantBytes(fewestStageBytes), "a grant is at least the fewest bytes");
  const wanted = wantedGrant(inputBytes, fewestStageBytes);
  if (wanted.rankBytes + wanted.assignmentBytes + wanted.stageBytes <= freeBytes) return wanted;
  const restBytes = freeBytes - Math.max(pagesAbove(fewestStageBytes), pagesBelow(STAGE_SHARE * freeBytes));
  const rankBytes = between(FEWEST_RANK_BYTES, RANK_SHARE * restBytes, wanted.rankBytes);
  const assignmentBytes = between(FEWEST_ASSIGNMENT_BYTES, (1 - RANK_SHARE) * restBytes, wanted.assignmentBytes);
  return { rankBytes, assignmentBytes, stageBytes: pagesBelow(freeBytes - rankBytes - assignmentBytes) };
}

export function fewestGrantBytes(fewestStageBytes: number): number {
  return FEWEST_RANK_BYTES + FEWEST_ASSIGNMENT_BYTES + pagesAbove(fewestStageBytes);
}

/** Of how much memory, divided, a stage gets so many bytes. */
export function freeBytesFor(stageBytes: number, inputBytes: number): number {
  const wanted = wantedGrant(inputBytes, 0);
  const shared = stageBytes / STAGE_SHARE;
  // Each of the parts is made of whole pages.
  return pagesAbove(Math.min(shared, wanted.rankBytes + wanted.assignmentBytes + stageBytes)) + 3 * PAGE_BYTES;
}

/** The same for what a sorter works in, where the stages get no less than they had. */
export function freeBytesForSorter(sorter: SorterName, sorterBytes: number, stageBytes: number): number {
  const restBytes = (sorterBytes + PAGE_BYTES) / (sorter === "ranks" ? RANK_SHARE : 1 - RANK_SHARE);
  return pagesAbove(Math.max(restBytes / (1 - STAGE_SHARE), restBytes + stageBytes)) + 3 * PAGE_BYTES;
}

/** More than this is never touched: everything in memory, in one round. */
function wantedGrant(inputBytes: number, fewestStageBytes: number): ReductionGrant {
  return {
    rankBytes: FEWEST_RANK_BYTES + pagesAbove(1.25 * inputBytes),
    assignmentBytes: FEWEST_ASSIGNMENT_BYTES + pagesAbove(0.75 * inputBytes),
    stageBytes: pagesAbove(fewestStageBytes + 16 * MIB + 3 * inputBytes),
  };
}

function between(fewestBytes: number, bytes: number, mostBytes: number): number {
  return Math.max(fewestBytes, Math.min(mostBytes, pagesBelow(bytes)));
}
