import { Option } from "commander";
import type { Alias, Setting } from "./settings/setting.ts";
import type { ParseValue } from "./values.ts";

/** One option of a command: what `--help` prints and how its value is read, from the flag or from the environment. */
export type OptionSpec<T> = {
  /** In commander's form: "-y, --overwrite", "--max-memory <size>". */
  readonly flags: string;
  readonly group: string;
  /** One sentence with unit and default. */
  readonly help: string;
  readonly parse: ParseValue<T>;
  /** May be given several times: `parse` gets the values with commas between, as they stand in the environment. */
  readonly isRepeatable?: true;
  /** Between them, in place of the commas: where values are file names, which may hold commas. */
  readonly separator?: "\n";
  /** How a config file sets it, where that is not by the flag's name under the table of the command; "never" for what only a call can say. */
  readonly stored?: Stored | "never";
};

type Stored = {
  readonly section?: string;
  readonly name?: string;
  readonly aliases?: readonly Alias[];
  readonly isPersonal?: true;
  readonly isList?: true;
};

/** The words a user types and reads for an option. */
export type OptionNames = {
  /** "--max-memory" */
  readonly flag: string;
  /** "MM_MAX_MEMORY" */
  readonly variable: string;
};

export function commanderOption(spec: OptionSpec<unknown>): Option {
  const option = new Option(spec.flags, spec.help).helpGroup(spec.group);
  if (spec.isRepeatable !== true) return option;
  return option.argParser((value: string, before: string | undefined) =>
    before === undefined ? value : `${before}${spec.separator ?? ","}${value}`,
  );
}

export function optionNames(spec: OptionSpec<unknown>): OptionNames {
  const flag = commanderOption(spec).long ?? spec.flags;
  return { flag, variable: `MM_${flag.slice(2).replaceAll("-", "_").toUpperCase()}` };
}

/** The option as a config file sees it. @returns undefined where it cannot be set there */
export function settingOf<T>(spec: OptionSpec<T>, command: string): Setting<T> | undefined {
  if (spec.stored === "never") return undefined;
  const { section = command, name, aliases = [], isPersonal = false, isList = false } = spec.stored ?? {};
  const option = commanderOption(spec);
  return {
    section,
    name: name ?? optionNames(spec).flag.slice(2).replaceAll("-", "_"),
    kind: option.isBoolean() || option.negate ? "switch" : isList || spec.isRepeatable === true ? "list" : "value",
    help: spec.help,
    parse: spec.parse,
    fallback: undefined,
    aliases,
    isPersonal,
    ...(spec.separator === undefined ? {} : { separator: spec.separator }),
  };
}

export type FoundSource = "flag" | "env" | "config" | "preset";

/** A setting and where it came from. */
export type Found<T> = {
  readonly value: T;
  /** As it was written there. */
  readonly text: string;
  readonly source: FoundSource;
  /** For people: "--max-memory", "MM_MAX_MEMORY", "max_memory (mm.toml:3)", "--low-memory". */
  readonly origin: string;
};

/** What is asked after flags and environment: config file, then preset. */
export type StoredSettings = {
  /** The table of the command at hand. */
  readonly section: string;
  readonly find: (
    setting: Setting<unknown>,
  ) => { readonly text: string; readonly source: "config" | "preset"; readonly origin: string } | undefined;
};

const NOTHING_STORED: StoredSettings = { section: "", find: () => undefined };

/** Finds settings: flag, environment, config file, preset; undefined when none says anything. An empty variable counts as not set. */
export class SettingsSource {
  readonly #flags: Readonly<Record<string, unknown>>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #taken: readonly OptionSpec<unknown>[];
  readonly #stored: StoredSettings;

  /**
   * @param flags what commander parsed: text, true for a switch, false for a `--no-` switch
   * @param taken the options of the command; all others count as not set, whatever the environment says
   */
  constructor(
    flags: Readonly<Record<string, unknown>>,
    env: NodeJS.ProcessEnv,
    taken: readonly OptionSpec<unknown>[],
    stored: StoredSettings = NOTHING_STORED,
  ) {
    this.#flags = flags;
    this.#env = env;
    this.#taken = taken;
    this.#stored = stored;
  }

  /** @throws UsageError naming the flag, the variable, or the place in the file */
  find<T>(spec: OptionSpec<T>): Found<T> | undefined {
    if (!this.#taken.includes(spec)) return undefined;
    const option = commanderOption(spec);
    const names = optionNames(spec);
    const given = this.#flags[option.attributeName()];
    const flag = typeof given === "string" ? given : given === !option.negate ? "1" : undefined;
    if (flag !== undefined) return { value: spec.parse(flag, names.flag), text: flag, source: "flag", origin: names.flag };
    const variable = this.#env[names.variable];
    if (variable !== undefined && variable !== "") {
      return { value: spec.parse(variable, names.variable), text: variable, source: "env", origin: names.variable };
    }
    const setting = settingOf(spec, this.#stored.section);
    return setting === undefined ? undefined : this.findKey(setting);
  }

  /** An option of any command, whether the one at hand takes it or not: in the environment and below. */
  findAnywhere<T>(spec: OptionSpec<T>, setting: Setting<T>): Found<T> | undefined {
    // A flag of the command at hand says nothing of another command.
    const flags = setting.section.startsWith("memory") ? this.#flags : {};
    return new SettingsSource(flags, this.#env, [spec], { ...this.#stored, section: setting.section }).find(spec);
  }

  /** A setting that has no flag. @throws UsageError naming the place in the file */
  findKey<T>(setting: Setting<T>): Found<T> | undefined {
    const found = this.#stored.find(setting);
    return found === undefined ? undefined : { value: setting.parse(found.text, found.origin), ...found };
  }

  /** The same, or its default. */
  keyValue<T>(setting: Setting<T>): T {
    return this.findKey(setting)?.value ?? setting.parse(setting.fallback ?? "", setting.name);
  }

  /** The value alone, or undefined. */
  value<T>(spec: OptionSpec<T>): T | undefined {
    return this.find(spec)?.value;
  }

  /** A switch: off unless set. */
  isOn(spec: OptionSpec<boolean>): boolean {
    return this.value(spec) ?? false;
  }
}
