/** How the memory of a reduction is divided. Nothing that comes out depends on it. */
import { assert, MIB } from "../base/index.ts";

export type ReductionGrant = {
  /** Records in the order of their rank, before they are compared. */
  readonly rankBytes: number;
  /** What members are made of, in the order of the input. */
  readonly assignmentBytes: number;
  /** Windows of the reader; then sequences, table and matrices of the clustering; then blocks of the writer. */
  readonly stageBytes: number;
};

/** A segment is made of whole pages, the largest of which Linux has on the machines we know. */
const PAGE_BYTES = 64 * 1024;
const FEWEST_RANK_BYTES = 4 * MIB;
const FEWEST_ASSIGNMENT_BYTES = 2 * MIB;
/** Of what is left when there is not room for all: two passes read what the sorter left on disk, so most goes to the clustering. */
const RANK_SHARE = 0.35;
const ASSIGNMENT_SHARE = 0.1;

/**
 * @param freeBytes - what the ledger has left
 * @param inputBytes - of the input, unpacked
 * @param fewestStageBytes - with which every stage ends
 * @throws AssertionError where the fewest do not fit: the caller has refused that, in the user's words
 */
export function divideMemory(freeBytes: number, inputBytes: number, fewestStageBytes: number): ReductionGrant {
  assert(freeBytes >= fewestGrantBytes(fewestStageBytes), "a grant is at least the fewest bytes");
  const wanted = wantedGrant(inputBytes, fewestStageBytes);
  const wantedBytes = wanted.rankBytes + wanted.assignmentBytes + wanted.stageBytes;
  if (wantedBytes <= freeBytes) return wanted;
  const rankBytes = Math.max(FEWEST_RANK_BYTES, Math.min(wanted.rankBytes, wholeMib(RANK_SHARE * freeBytes)));
  const assignmentBytes = Math.max(FEWEST_ASSIGNMENT_BYTES, Math.min(wanted.assignmentBytes, wholeMib(ASSIGNMENT_SHARE * freeBytes)));
  const stageBytes = wholePages(freeBytes - rankBytes - assignmentBytes);
  if (stageBytes >= fewestStageBytes) return { rankBytes, assignmentBytes, stageBytes };
  return {
    rankBytes: FEWEST_RANK_BYTES,
    assignmentBytes: FEWEST_ASSIGNMENT_BYTES,
    stageBytes: wholePages(freeBytes - FEWEST_RANK_BYTES - FEWEST_ASSIGNMENT_BYTES),
  };
}

export function fewestGrantBytes(fewestStageBytes: number): number {
  return FEWEST_RANK_BYTES + FEWEST_ASSIGNMENT_BYTES + fewestStageBytes;
}

/** More than this is never touched: everything in memory, in one round. */
function wantedGrant(inputBytes: number, fewestStageBytes: number): ReductionGrant {
  return {
    rankBytes: wholeMib(FEWEST_RANK_BYTES + 1.25 * inputBytes),
    assignmentBytes: wholeMib(FEWEST_ASSIGNMENT_BYTES + 0.75 * inputBytes),
    stageBytes: wholeMib(fewestStageBytes + 16 * MIB + 3 * inputBytes),
  };
}

function wholePages(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES;
}

function wholeMib(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}
