/** The options of messages, once. */
import { MESSAGES, RUN } from "./option-groups.ts";
import type { OptionSpec } from "./option-spec.ts";
import { inUnit } from "./settings/memory-keys.ts";
import { byteSize, decimalNumber, oneOf, onOff, text, wholeNumber, wrongValue } from "./values.ts";

/** The table of these options in a config file. */
const PARSE = "parse";

export const recordsOutput: OptionSpec<string> = {
  flags: "-o, --output <file>",
  group: MESSAGES,
  help: "one file for the records of all messages, or - for stdout (default: stdout)",
  parse: text,
};
export const outputFolder: OptionSpec<string> = {
  flags: "-d, --output-dir <dir>",
  group: MESSAGES,
  help: "a folder with a file for each message, <name>.ndjson, .json or .csv, in place of -o; made where it is missing",
  parse: text,
};
export const recordFormat: OptionSpec<"ndjson" | "json" | "csv"> = {
  flags: "-f, --format <name>",
  group: MESSAGES,
  help: "ndjson, json (one array) or csv (default: ndjson)",
  parse: oneOf(["ndjson", "json", "csv"]),
};
export const table: OptionSpec<"releases" | "tracks" | "deals" | "parties"> = {
  flags: "--table <name>",
  group: MESSAGES,
  help: "of csv, what a row is: releases, tracks, deals or parties (default: releases)",
  parse: oneOf(["releases", "tracks", "deals", "parties"]),
};
export const mode: OptionSpec<"joined" | "records"> = {
  flags: "--mode <mode>",
  group: MESSAGES,
  help: "joined: a release with its tracks, images, parties and deals; records: each in document order, in one pass (default: joined)",
  parse: oneOf(["joined", "records"]),
};
export const fields: OptionSpec<readonly string[]> = {
  flags: "--fields <list>",
  group: MESSAGES,
  help: "keep these fields of the records alone: title,tracks.isrc,deals (default: all; docs/PARSE-FIELDS.md lists them)",
  parse: (value, origin) => value.split(",").map((name) => text(name, origin).trim()),
  stored: { isList: true },
};
export const jobs: OptionSpec<number> = {
  flags: "--jobs <n>",
  group: RUN,
  help: "messages read at once, each with its own memory (default: one for each core, as far as they fit)",
  parse: wholeNumber(1, 64),
};
export const chunkSize: OptionSpec<number> = {
  flags: "--chunk-size <size>",
  group: RUN,
  help: "how much of a message is read at once, 4K to 64M (default: 64K)",
  parse: sizeBetween("4K", "64M"),
  stored: { aliases: [inUnit(PARSE, "chunk_size_kb", "K")] },
};
export const bufferSize: OptionSpec<number> = {
  flags: "--buffer-size <size>",
  group: RUN,
  help: "how much output is gathered, 64K to 256M (default: 1M)",
  parse: sizeBetween("64K", "256M"),
  stored: { aliases: [inUnit(PARSE, "buffer_size_kb", "K")] },
};
export const flushThreshold: OptionSpec<number> = {
  flags: "--flush-threshold <share>",
  group: RUN,
  help: "write the output when this share of it is full, 0.1 to 1 (default: 0.8)",
  parse: decimalNumber(0.1, 1),
};
export const maxDepth: OptionSpec<number> = {
  flags: "--max-depth <n>",
  group: RUN,
  help: "elements inside each other that are taken (default: 100)",
  parse: wholeNumber(1, 10_000),
};
export const maxElements: OptionSpec<number> = {
  flags: "--max-elements <n>",
  group: RUN,
  help: "elements of one release, resource, party or deal that are taken (default: 1000000)",
  parse: wholeNumber(1, 999_999_999),
};
export const continueOnError: OptionSpec<boolean> = {
  flags: "--continue-on-error",
  group: RUN,
  help: "go on after a message that is refused; exit 1 then (default: end with its exit code)",
  parse: onOff,
};
export const maxErrors: OptionSpec<number> = {
  flags: "--max-errors <n>",
  group: RUN,
  help: "with --continue-on-error: end when so many were refused (default: 10)",
  parse: wholeNumber(1, 999_999_999),
};
export const retries: OptionSpec<number> = {
  flags: "--retries <n>",
  group: RUN,
  help: "read a message that lacks memory and gets no more again, in chunks of half the size (default: 2)",
  parse: wholeNumber(0, 10),
};

function sizeBetween(lowest: string, highest: string): OptionSpec<number>["parse"] {
  return (value, origin) => {
    const bytes = byteSize(value, origin);
    if (bytes >= byteSize(lowest, origin) && bytes <= byteSize(highest, origin)) return bytes;
    throw wrongValue(origin, `a size from ${lowest} to ${highest}`, value);
  };
}
