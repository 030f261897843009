/** A grant is made of whole pages, and those are huge where the machine has them. */
import { MIB } from "../base/index.ts";

export const PAGE_BYTES = 2 * MIB;

export function pagesBelow(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES;
}

export function pagesAbove(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
