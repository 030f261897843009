import { UsageError } from "../base/index.ts";
import type { SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import * as profileOptions from "./profile-options.ts";

/** How a run is shown: settings the command itself never sees. */
export type Presentation = {
  /** The report as JSON on stdout. */
  readonly json: boolean;
  /** Markdown on stdout. */
  readonly summary: boolean;
  readonly reportPath: string | undefined;
  readonly progress: "auto" | "bar" | "json" | "none";
  readonly monitorMemory: boolean;
  readonly stats: boolean;
  readonly verbosity: "quiet" | "normal" | "verbose";
  readonly noColor: boolean;
  /** Exit code in place of 75. */
  readonly limitExitCode: number;
  readonly dryRun: boolean;
};

/** What holds until the options are read, so that an error in them can be shown. */
export function presentationBeforeOptions(argv: readonly string[]): Presentation {
  return {
    json: argv.includes("--json"),
    summary: false,
    reportPath: undefined,
    progress: "none",
    monitorMemory: false,
    stats: false,
    verbosity: "normal",
    noColor: argv.includes("--no-color"),
    limitExitCode: 75,
    dryRun: false,
  };
}

/** @throws UsageError */
export function readPresentation(source: SettingsSource): Presentation {
  const reportPath = source.find(options.report);
  if (reportPath?.value === "-") {
    throw new UsageError(`${reportPath.origin} needs a file, got "-"`, { hint: "--json, which prints the report on stdout" });
  }
  return {
    json: source.isOn(options.json),
    summary: source.isOn(profileOptions.summary),
    reportPath: reportPath?.value,
    progress: source.value(options.progress) ?? "auto",
    monitorMemory: source.isOn(options.monitorMemory),
    stats: source.isOn(options.stats),
    verbosity: readVerbosity(source),
    noColor: source.isOn(options.noColor),
    limitExitCode: source.value(options.limitExitCode) ?? 75,
    dryRun: source.isOn(options.dryRun),
  };
}

function readVerbosity(source: SettingsSource): Presentation["verbosity"] {
  const quiet = source.find(options.quiet);
  const verbose = source.find(options.verbose);
  if (quiet?.value !== true) return verbose?.value === true ? "verbose" : "normal";
  if (verbose?.value !== true) return "quiet";
  if (quiet.source === verbose.source) {
    throw new UsageError(`${quiet.origin} and ${verbose.origin} say opposite things`, { hint: "one of the two" });
  }
  return quiet.source === "flag" ? "quiet" : "verbose";
}
