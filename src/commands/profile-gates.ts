/** The gates of a profile: what they are judged against is read before anything runs. */
import { InputMissingError, isCount, isRecord, MalformedInputError, MIB, parseObject } from "../base/index.ts";
import { readSmallFile } from "../io/index.ts";
import { type GateSettings, peakOf, readCapture } from "../profile/index.ts";
import type { ProfileGates } from "./profile-settings.ts";

const LARGEST_REPORT_BYTES = MIB;

/** @throws InputMissingError, MalformedInputError for a baseline that says nothing */
export async function gateSettings(asked: ProfileGates): Promise<GateSettings> {
  const { failAbove, failOnLeak, failOnIncreasePercent: percent, baseline } = asked;
  const failOnIncrease =
    percent === undefined || baseline === undefined ? undefined : { percent, baseline, baselineBytes: await usedPeakOf(baseline) };
  return { failAbove, failOnLeak, failOnIncrease };
}

/** Of a capture, or of the report of an earlier run, which fits into a repository. */
async function usedPeakOf(path: string): Promise<number> {
  const file = await readSmallFile(path, LARGEST_REPORT_BYTES);
  if (file === undefined)
    throw new InputMissingError(`the baseline ${path} does not exist`, { hint: "mm profile --report baseline.json -- <command>" });
  const report = "text" in file ? parseObject(file.text) : undefined;
  if (report !== undefined) {
    const { schema, command, result } = report;
    const peakBytes = isRecord(result) ? result.peakBytes : undefined;
    if (schema === "mm.report/1" && command === "profile" && isCount(peakBytes) && peakBytes > 0) return peakBytes;
    throw new MalformedInputError(`${path} is no report of mm profile`, { hint: "mm profile --report baseline.json -- <command>" });
  }
  const bytes = peakOf(readCapture(path), "used", "tree");
  if (bytes === undefined)
    throw new MalformedInputError(`${path} holds no sample`, { hint: "mm profile --report baseline.json -- <command>" });
  return bytes;
}
