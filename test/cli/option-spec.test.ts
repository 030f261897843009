import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { commanderOption, optionNames, SettingsSource } from "../../src/cli/option-spec.ts";
import * as options from "../../src/cli/options.ts";
import * as sequenceOptions from "../../src/cli/sequence-options.ts";

const ALL = [...Object.values(options), ...Object.values(sequenceOptions)];

test("a flag wins over the environment, and both say where they came from", () => {
  const env = { MM_MAX_MEMORY: "1G" };
  const fromFlag = new SettingsSource({ maxMemory: "2G" }, env, ALL).find(options.maxMemory);
  const fromEnv = new SettingsSource({}, env, ALL).find(options.maxMemory);
  expect(fromFlag).toEqual({ value: 2 * 1024 ** 3, text: "2G", source: "flag", origin: "--max-memory" });
  expect(fromEnv).toEqual({ value: 1024 ** 3, text: "1G", source: "env", origin: "MM_MAX_MEMORY" });
});

test("a bad value in the environment names the variable", () => {
  const source = new SettingsSource({}, { MM_CRF: "good", MM_OVERWRITE: "yes" }, ALL);
  expect(() => source.find(options.crf)).toThrow('MM_CRF needs a number from 0 to 63, got "good"');
  expect(() => source.isOn(options.overwrite)).toThrow('MM_OVERWRITE needs 1, true, 0 or false, got "yes"');
});

test("an empty variable counts as not set", () => {
  expect(new SettingsSource({}, { MM_MAX_MEMORY: "" }, ALL).find(options.maxMemory)).toBeUndefined();
});

test("a switch is off unless the flag or the variable says on", () => {
  expect(new SettingsSource({}, {}, ALL).isOn(options.verify)).toBe(false);
  expect(new SettingsSource({}, { MM_VERIFY: "0" }, ALL).isOn(options.verify)).toBe(false);
  expect(new SettingsSource({}, { MM_VERIFY: "true" }, ALL).isOn(options.verify)).toBe(true);
  expect(new SettingsSource({ verify: true }, { MM_VERIFY: "0" }, ALL).isOn(options.verify)).toBe(true);
});

test("--no-color is on when given, although commander stores it as color: false", () => {
  expect(new SettingsSource({ color: false }, {}, ALL).isOn(options.noColor)).toBe(true);
  expect(new SettingsSource({ color: true }, {}, ALL).isOn(options.noColor)).toBe(false);
  expect(new SettingsSource({ color: true }, { MM_NO_COLOR: "1" }, ALL).isOn(options.noColor)).toBe(true);
});

test("the environment cannot set an option the command does not take", () => {
  expect(new SettingsSource({}, { MM_DRY_RUN: "1" }, [options.json]).isOn(options.dryRun)).toBe(false);
});

test("the variable of every option is MM_ and the flag in capitals", () => {
  expect(optionNames(options.maxMemory)).toEqual({ flag: "--max-memory", variable: "MM_MAX_MEMORY" });
  expect(optionNames(options.overwrite)).toEqual({ flag: "--overwrite", variable: "MM_OVERWRITE" });
  for (const spec of ALL) expect(optionNames(spec).variable).toMatch(/^MM_[A-Z_]+$/);
});

test("an option that may be repeated keeps all its values", () => {
  const option = commanderOption(options.map);
  const once = option.parseArg?.("v:0", undefined);
  expect(option.parseArg?.("-s", once)).toBe("v:0,-s");
});

test("every option belongs to a command", () => {
  const taken = new Set(COMMANDS.flatMap((command) => command.options));
  expect(ALL.filter((spec) => !taken.has(spec)).map((spec) => spec.flags)).toEqual([]);
});
