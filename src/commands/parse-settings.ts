/** Settings of `mm parse` after the cli has parsed flags, environment and defaults. */
import type { ParseFormat, ParseTable } from "../binding/index.ts";
import type { JobSettings } from "./job-settings.ts";

export type ParseSettings = JobSettings & {
  /** Files, folders, patterns, and "-" for standard input, once at most. */
  readonly inputs: readonly string[];
  /** One file for all records; "-" = stdout. */
  readonly output: string;
  /** A folder with a file for each message in place of it. */
  readonly directory: string | undefined;
  readonly format: ParseFormat;
  /** What the rows of CSV are. */
  readonly table: ParseTable;
  readonly mode: "joined" | "records";
  /** Names of what records keep, dotted; empty: all. */
  readonly fields: readonly string[];
  /** Messages read at once; undefined: as many as there are cores, and as fit. */
  readonly jobs: number | undefined;
  readonly chunkBytes: number;
  readonly bufferBytes: number;
  readonly flushThreshold: number;
  readonly maxDepth: number;
  /** In one composite. */
  readonly maxElements: number;
  readonly continuesOnError: boolean;
  /** So many messages may be refused, and with the last of them the job ends. */
  readonly maxErrors: number;
  /** How often a message that lacked memory is read again, in smaller chunks. */
  readonly retries: number;
};
