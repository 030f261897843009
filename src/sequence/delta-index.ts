import { MIB } from "../base/index.ts";

/** Memory for the index of a delta file: 80 bytes for each 4096 records. Where a file has more of them, opening it asks for more. */
export const DELTA_INDEX_BYTES = MIB;
