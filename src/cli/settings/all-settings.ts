/** Every setting there is: what a config file may hold, in the order it is shown. */
import type { OptionSpec } from "../option-spec.ts";
import { settingOf } from "../option-spec.ts";
import * as keys from "./memory-keys.ts";
import { pathOf, type Setting } from "./setting.ts";

/** A setting, and the option that sets it for one call where there is one. */
export type KnownSetting = { readonly setting: Setting<unknown>; readonly spec: OptionSpec<unknown> | undefined };

const KEYS = Object.values(keys).filter((each): each is Setting<never> => typeof each === "object") as readonly Setting<unknown>[];

/** @param commands the options of each command that has a table of its own */
export function allSettings(
  commands: readonly { readonly name: string; readonly options: readonly OptionSpec<unknown>[] }[],
): readonly KnownSetting[] {
  const known = new Map<string, KnownSetting>();
  for (const { name, options } of commands) {
    for (const spec of options) {
      const setting = settingOf(spec, name);
      if (setting !== undefined) known.set(pathOf(setting), { setting, spec });
    }
  }
  for (const setting of KEYS) known.set(pathOf(setting), { setting, spec: undefined });
  const sections = [...new Set([...known.values()].map(({ setting }) => setting.section))].sort(bySection);
  return sections.flatMap((section) => [...known.values()].filter(({ setting }) => setting.section === section));
}

/** [memory] and its tables first. */
function bySection(a: string, b: string): number {
  const rank = (section: string) => (section.startsWith("memory") ? 0 : 1);
  return rank(a) - rank(b) || a.localeCompare(b);
}
