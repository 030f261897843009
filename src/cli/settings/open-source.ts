import { UsageError } from "../../base/index.ts";
import type { CommandSpec } from "../command-table.ts";
import { type Found, type OptionSpec, SettingsSource, type StoredSettings } from "../option-spec.ts";
import * as options from "../options.ts";
import type { KnownSetting } from "./all-settings.ts";
import { type ConfigFile, findConfigFile, readConfigFile } from "./config-file.ts";
import { lowMaxMemory } from "./memory-keys.ts";
import { type ChosenPreset, type PresetName, presetValue } from "./presets.ts";
import { pathOf } from "./setting.ts";

export type OpenedSource = {
  readonly source: SettingsSource;
  readonly file: ConfigFile | undefined;
  readonly preset: ChosenPreset | undefined;
};

/**
 * The settings of one call, in the order flag, environment, config file, preset.
 *
 * @throws InputMissingError, PermissionError, UsageError; what is wrong inside the file is left to the caller
 */
export async function openSource(
  spec: CommandSpec,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  known: readonly KnownSetting[],
): Promise<OpenedSource> {
  const section = spec.hasTable ? spec.name : "";
  const named = new SettingsSource(flags, env, spec.options).find(options.config);
  const place = spec.options.includes(options.config) ? findConfigFile(named?.value, env) : undefined;
  const settings = known.map(({ setting }) => setting);
  const file = place === undefined ? undefined : await readConfigFile(place, settings);
  const ofFile: StoredSettings["find"] = (setting) => {
    const stored = file?.values.get(pathOf(setting));
    return stored === undefined ? undefined : { ...stored, source: "config" };
  };
  const withFile = new SettingsSource(flags, env, spec.options, { section, find: ofFile });
  const preset = choosePreset(withFile);
  const lowLimitMib = withFile.keyValue(lowMaxMemory);
  const find: StoredSettings["find"] = (setting) => {
    const text = preset === undefined ? undefined : presetValue(preset, pathOf(setting), lowLimitMib);
    const ofPreset = text === undefined || preset === undefined ? undefined : { text, source: "preset" as const, origin: preset.origin };
    return ofFile(setting) ?? ofPreset;
  };
  return { source: new SettingsSource(flags, env, spec.options, { section, find }), file, preset };
}

const RANK = { flag: 0, env: 1, config: 2, preset: 3 } as const;

/** @throws UsageError where two presets are asked for in the same breath */
function choosePreset(source: SettingsSource): ChosenPreset | undefined {
  const byName = source.find(options.memoryPreset);
  const low = asPreset(source, options.lowMemory);
  if (byName === undefined || low === undefined) return chosen(byName ?? low);
  if (RANK[byName.source] !== RANK[low.source]) return chosen(RANK[byName.source] < RANK[low.source] ? byName : low);
  if (byName.value === low.value) return chosen(low);
  throw new UsageError(`${byName.origin} ${byName.value} and ${low.origin} ask for two presets`, { hint: "one of the two" });
}

function asPreset(source: SettingsSource, spec: OptionSpec<boolean>): Found<PresetName> | undefined {
  const found = source.find(spec);
  return found?.value === true ? { ...found, value: "low" } : undefined;
}

function chosen(found: Found<PresetName> | undefined): ChosenPreset | undefined {
  return found === undefined ? undefined : { name: found.value, origin: `preset ${found.value}, by ${found.origin}` };
}
