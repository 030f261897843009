/** From parsed options to the settings of `mm profile`. */
import { basename } from "node:path";
import { UsageError } from "../base/index.ts";
import type { ProfileGates, ProfileOutputs, ProfileSettings, ProfileWatch } from "../commands/index.ts";
import type { OptionSpec, SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import * as profileOptions from "./profile-options.ts";

type ProfileRequest = { readonly command: "profile"; readonly settings: ProfileSettings };

const DEFAULT_INTERVAL_MS = 50;
/** What only a run can do. */
const RUN_ONLY = [profileOptions.stacks, profileOptions.everyProcess, profileOptions.tool, profileOptions.repeat];
/** What needs somebody to watch. */
const WATCH_ONLY = [
  ...[profileOptions.capture, profileOptions.sampleInterval, profileOptions.live, profileOptions.failAbove],
  ...[profileOptions.failOnLeak, profileOptions.baseline],
];

/** @throws UsageError */
export function profileRequest(
  words: readonly string[],
  source: SettingsSource,
  env: NodeJS.ProcessEnv,
  command: readonly string[],
): ProfileRequest {
  refuseTwoDocuments(source);
  const [action, ...files] = words;
  switch (action) {
    case undefined:
      return { command: "profile", settings: run(command, source, env) };
    case "attach":
      return { command: "profile", settings: attach(files, source) };
    case "view":
      return { command: "profile", settings: view(files, source) };
    case "diff":
      return { command: "profile", settings: diff(files, source) };
    default:
      throw new UsageError(`mm profile takes attach, view, diff or -- and a command, got "${action}"`, {
        hint: `mm profile -- ${words.join(" ")}`,
      });
  }
}

function run(command: readonly string[], source: SettingsSource, env: NodeJS.ProcessEnv): ProfileSettings {
  const [program] = command;
  if (program === undefined) throw new UsageError("no command to profile", { hint: "mm profile -- <command> [arguments]" });
  refuse([profileOptions.duration], source, "mm profile attach");
  const name = basename(program);
  const tool = source.value(profileOptions.tool);
  return {
    action: "run",
    ...watch(source, `mm-profile-${name}`),
    command,
    nodeOptions: env.NODE_OPTIONS,
    preload: env.LD_PRELOAD,
    searchPath: env.PATH ?? "",
    stacks: source.isOn(profileOptions.stacks),
    everyProcess: source.isOn(profileOptions.everyProcess),
    repeat: source.value(profileOptions.repeat) ?? 1,
    tool,
    stdoutToStderr: source.isOn(options.json) || source.isOn(profileOptions.summary),
  };
}

function attach([pidText = "", ...others]: readonly string[], source: SettingsSource): ProfileSettings {
  const pid = /^\d{1,10}$/.test(pidText) ? Number(pidText) : 0;
  if (pid < 1 || others.length > 0)
    throw new UsageError("mm profile attach takes the pid of one process", { hint: "mm profile attach 1234" });
  refuse(RUN_ONLY, source, "mm profile -- <command>");
  return { action: "attach", ...watch(source, `mm-profile-${pid}`), pid, durationSeconds: source.value(profileOptions.duration) };
}

function view([capture, ...others]: readonly string[], source: SettingsSource): ProfileSettings {
  if (capture === undefined || others.length > 0) {
    throw new UsageError("mm profile view takes one capture", { hint: "mm profile view mm-profile-node.mmprof" });
  }
  refuse([...RUN_ONLY, ...WATCH_ONLY, profileOptions.failOnIncrease, profileOptions.duration], source, "mm profile -- <command>");
  return { action: "view", ...outputs(source), capture };
}

function diff([before, after, ...others]: readonly string[], source: SettingsSource): ProfileSettings {
  if (before === undefined || after === undefined || others.length > 0) {
    throw new UsageError("mm profile diff takes two captures", { hint: "mm profile diff before.mmprof after.mmprof" });
  }
  refuse([...RUN_ONLY, ...WATCH_ONLY, profileOptions.duration], source, "mm profile -- <command>");
  return { action: "diff", ...outputs(source), before, after, failOnIncreasePercent: source.value(profileOptions.failOnIncrease) };
}

function watch(source: SettingsSource, name: string): ProfileWatch {
  return {
    ...outputs(source),
    ...gates(source),
    output: source.value(profileOptions.capture) ?? `${name}-${timeForName(new Date())}.mmprof`,
    intervalMs: source.value(profileOptions.sampleInterval) ?? DEFAULT_INTERVAL_MS,
    live: source.isOn(profileOptions.live),
  };
}

function outputs(source: SettingsSource): ProfileOutputs {
  return {
    html: source.value(profileOptions.html),
    speedscope: source.value(profileOptions.speedscope),
    pprof: source.value(profileOptions.pprof),
    summary: source.isOn(profileOptions.summary),
    overwrite: source.isOn(profileOptions.overwriteCapture),
  };
}

function gates(source: SettingsSource): ProfileGates {
  const increase = source.find(profileOptions.failOnIncrease);
  const baseline = source.find(profileOptions.baseline);
  if (increase !== undefined && baseline === undefined) {
    throw new UsageError(`${increase.origin} needs a --baseline`, { hint: `${increase.origin} ${increase.text} --baseline before.mmprof` });
  }
  if (baseline !== undefined && increase === undefined) {
    throw new UsageError(`${baseline.origin} needs a --fail-on-increase`, {
      hint: `--fail-on-increase 5% ${baseline.origin} ${baseline.text}`,
    });
  }
  return {
    failAbove: source.value(profileOptions.failAbove) ?? [],
    failOnLeak: source.isOn(profileOptions.failOnLeak),
    failOnIncreasePercent: increase?.value,
    baseline: baseline?.value,
  };
}

/** The environment and the file speak of other calls, too. */
function refuse(specs: readonly OptionSpec<never>[] | readonly OptionSpec<unknown>[], source: SettingsSource, owner: string): void {
  const found = (specs as readonly OptionSpec<unknown>[]).map((spec) => source.find(spec)).find((each) => each?.source === "flag");
  if (found !== undefined) throw new UsageError(`${found.origin} belongs to ${owner}`, { hint: `leave out ${found.origin}` });
}

function refuseTwoDocuments(source: SettingsSource): void {
  const [json, summary] = [source.find(options.json), source.find(profileOptions.summary)];
  if (json?.value !== true || summary?.value !== true) return;
  throw new UsageError(`${json.origin} and ${summary.origin} cannot both go to stdout`, { hint: "--report <file> in place of --json" });
}

/** "20260102-030405": sorts, and is a name everywhere. */
function timeForName(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
