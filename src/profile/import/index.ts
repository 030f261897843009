/** Files of other profilers as captures. */
import { closeSync, constants, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { errnoOf, InputMissingError, MalformedInputError, packageVersion } from "../../base/index.ts";
import { type Capture, MAGIC, TABLE_NAMES, type Tables, tableOf } from "../capture/index.ts";
import { readHeaptrack } from "./heaptrack.ts";
import { readMassif } from "./massif.ts";
import { toolBatch } from "./tool-profile.ts";

/** What every file of massif, and every one of heaptrack, begins with. */
const MASSIF = "desc:";
const HEAPTRACK = "v ";

/** @throws InputMissingError when it is not there, or no file: a pipe could be read once only, a device without end */
export function isCapture(path: string): boolean {
  return Buffer.compare(headOf(path, MAGIC.length), MAGIC) === 0;
}

/**
 * Reads massif.out.<pid>, or what heaptrack records, unpacked.
 *
 * @param path - plain bytes
 * @param name - for messages
 * @throws MalformedInputError, UnsupportedError
 */
export async function importCapture(path: string, name: string): Promise<Capture> {
  const head = headOf(path, MASSIF.length).toString("latin1");
  const isMassif = head === MASSIF;
  if (!isMassif && !head.startsWith(HEAPTRACK)) {
    throw new MalformedInputError(`${name} is no capture of mm profile, nor a file of heaptrack or massif`, {
      hint: "mm profile -- <command> makes one",
    });
  }
  const read = isMassif ? await readMassif(createReadStream(path), name) : await readHeaptrack(createReadStream(path), name);
  const { rows, events } = toolBatch(read);
  const tables = Object.fromEntries(TABLE_NAMES.map((table) => [table, tableOf(table, rows[table] ?? new Float64Array())]));
  const atMs = read.timeline.atMs.at(-1) ?? 0;
  const unit = read.timeUnit === "ms" ? [] : [`the time: massif counted ${read.timeUnit}, shown as milliseconds (--time-unit=ms)`];
  return {
    header: {
      ...({
        schema: "mm.capture/1",
        version: packageVersion(),
        startedAt: new Date(0).toISOString(),
        tracking: "descendants",
        intervalMs: 0,
      } as const),
      command: read.command.split(" ").filter((word) => word !== ""),
      source: isMassif ? "massif" : "heaptrack",
      host: { kernel: release(), cpus: cpus().length, memoryBytes: totalmem(), cgroupVersion: 0 },
      limitBytes: totalmem(),
      unavailable: ["all but one process and its heap", ...unit],
    },
    tables: tables as unknown as Tables,
    events,
    end: { atMs, exitCode: null, signal: null, cgroupPeakBytes: null, oomKills: 0, ownCpuMs: 0, ownBytes: 0, missedTicks: 0 },
    damagedBytes: 0,
  };
}

function headOf(path: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile())
        throw new InputMissingError(`${path} is no file`, { hint: "a capture, or a file of heaptrack or massif" });
      return bytes.subarray(0, readSync(fd, bytes, 0, length, 0));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof InputMissingError) throw error;
    throw new InputMissingError(`cannot read ${path}: ${errnoOf(error) === "ENOENT" ? "no such file" : errnoOf(error)}`, { cause: error });
  }
}
