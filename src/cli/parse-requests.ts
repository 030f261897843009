/** From parsed options to the settings of `mm parse`. */
import { UsageError } from "../base/index.ts";
import type { ParseSettings } from "../commands/index.ts";
import { type JobRequest, jobSettings, refuseSharedFiles, refuseSharedOutput } from "./job-request.ts";
import type { SettingsSource } from "./option-spec.ts";
import * as parseOptions from "./parse-options.ts";

/** @throws UsageError */
export function parseRequest(inputs: readonly string[], source: SettingsSource): JobRequest {
  if (inputs.filter((input) => input === "-").length > 1) throw new UsageError("- is given twice", { hint: "leave one of them out" });
  const output = source.find(parseOptions.recordsOutput);
  const directory = source.find(parseOptions.outputFolder);
  if (output !== undefined && directory !== undefined) {
    throw new UsageError(`${output.origin} and ${directory.origin} exclude each other`, { hint: "leave one of them out" });
  }
  if (directory === undefined) refuseSharedOutput(output?.value ?? "-", "the records", source);
  refuseSharedFiles(inputs, output === undefined ? [] : [output.value], source);
  const settings: ParseSettings = {
    ...jobSettings(source),
    inputs,
    output: output?.value ?? "-",
    directory: directory?.value,
    ...shapeOf(source),
    jobs: source.value(parseOptions.jobs),
    chunkBytes: source.value(parseOptions.chunkSize) ?? 65_536,
    bufferBytes: source.value(parseOptions.bufferSize) ?? 1_048_576,
    flushThreshold: source.value(parseOptions.flushThreshold) ?? 0.8,
    maxDepth: source.value(parseOptions.maxDepth) ?? 100,
    maxElements: source.value(parseOptions.maxElements) ?? 1_000_000,
    continuesOnError: source.isOn(parseOptions.continueOnError),
    maxErrors: source.value(parseOptions.maxErrors) ?? 10,
    retries: source.value(parseOptions.retries) ?? 2,
  };
  return { command: "parse", settings };
}

function shapeOf(source: SettingsSource): Pick<ParseSettings, "format" | "table" | "mode" | "fields"> {
  const [table, mode] = [source.find(parseOptions.table), source.find(parseOptions.mode)];
  const format = source.value(parseOptions.recordFormat) ?? "ndjson";
  // The environment and the file speak of other calls, too.
  if (table?.source === "flag" && format !== "csv") {
    throw new UsageError(`${table.origin} says what the rows of csv are, and this is ${format}`, { hint: `-f csv --table ${table.value}` });
  }
  const fields = source.find(parseOptions.fields);
  if (fields?.source === "flag" && format === "csv") {
    throw new UsageError(`${fields.origin} and csv exclude each other: a table has its own columns`, {
      hint: "-f ndjson, or another --table",
    });
  }
  if (format === "csv" && mode?.value === "records") {
    throw new UsageError(`csv has the rows of joined releases, and ${mode.origin} records joins nothing`, {
      hint: "-f ndjson, or leave --mode out",
    });
  }
  return {
    format,
    table: table?.value ?? "releases",
    mode: mode?.value ?? "joined",
    fields: format === "csv" ? [] : (fields?.value ?? []),
  };
}
