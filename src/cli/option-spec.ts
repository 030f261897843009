import { Option } from "commander";
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
  return option.argParser((value: string, before: string | undefined) => (before === undefined ? value : `${before},${value}`));
}

export function optionNames(spec: OptionSpec<unknown>): OptionNames {
  const flag = commanderOption(spec).long ?? spec.flags;
  return { flag, variable: `MM_${flag.slice(2).replaceAll("-", "_").toUpperCase()}` };
}

/** A setting and where it came from. */
export type Found<T> = {
  readonly value: T;
  readonly source: "flag" | "env" /** "--max-memory" or "MM_MAX_MEMORY" */;
  readonly origin: string;
};

/** Finds settings: the flag first, then the environment; undefined when neither is set. An empty variable counts as not set. */
export class SettingsSource {
  readonly #flags: Readonly<Record<string, unknown>>;
  readonly #env: NodeJS.ProcessEnv;
  readonly #taken: readonly OptionSpec<unknown>[];

  /**
   * @param flags what commander parsed: text, true for a switch, false for a `--no-` switch
   * @param taken the options of the command; all others count as not set, whatever the environment says
   */
  constructor(flags: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv, taken: readonly OptionSpec<unknown>[]) {
    this.#flags = flags;
    this.#env = env;
    this.#taken = taken;
  }

  /** @throws UsageError naming the flag or the variable */
  find<T>(spec: OptionSpec<T>): Found<T> | undefined {
    if (!this.#taken.includes(spec)) return undefined;
    const option = commanderOption(spec);
    const names = optionNames(spec);
    const given = this.#flags[option.attributeName()];
    if (typeof given === "string") return { value: spec.parse(given, names.flag), source: "flag", origin: names.flag };
    if (given === !option.negate) return { value: spec.parse("1", names.flag), source: "flag", origin: names.flag };
    const variable = this.#env[names.variable];
    if (variable === undefined || variable === "") return undefined;
    return { value: spec.parse(variable, names.variable), source: "env", origin: names.variable };
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
