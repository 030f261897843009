/** `mm config show`, `mm config init` and `mm config check`: they only read and write settings, so they run in this thread. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ChalkInstance } from "chalk";
import { errnoOf, formatBytes, InputMissingError, OutputError, printable, shellQuoted, UsageError } from "../base/index.ts";
import * as options from "./options.ts";
import { settingLines } from "./render/config.ts";
import type { KnownSetting } from "./settings/all-settings.ts";
import { type Ceiling, memoryCeiling } from "./settings/clamp.ts";
import { type ConfigFile, type ConfigPlace, readConfigFile, refuseProblems } from "./settings/config-file.ts";
import { type Standing, standingOf } from "./settings/describe.ts";
import { memorySettings } from "./settings/memory-settings.ts";
import type { OpenedSource } from "./settings/open-source.ts";
import { pathOf, tomlText } from "./settings/setting.ts";
import { configTemplate } from "./settings/template.ts";
import { byteSize } from "./values.ts";

const FILE_NAME = "mm.toml";
const WORDS = ["show", "init", "check"] as const;

const SIZES_OF_MEMORY = ["memory.max_memory", "memory.cache_size"];

/** What a command without a job says on stdout. */
export type Answer = { readonly text: string; readonly document: object };

/** @throws UsageError, InputMissingError, OutputError */
export async function configAnswer(
  [word = "", path]: readonly string[],
  opened: OpenedSource,
  settings: readonly KnownSetting[],
  palette: ChalkInstance,
): Promise<Answer> {
  switch (WORDS.find((each) => each === word)) {
    case "show":
      if (path !== undefined)
        throw new UsageError("mm config show takes no file", { hint: `mm config show --config ${shellQuoted(path)}` });
      return show(opened, settings, palette);
    case "init":
      return init(path ?? FILE_NAME, opened.source.isOn(options.overwrite), settings);
    case "check":
      return await check(path === undefined ? opened.file : await read(placeOf(path), settings));
    default:
      throw new UsageError(`mm config takes ${WORDS.join(", ")}, got "${word}"`, { hint: "mm config show" });
  }
}

function show({ source, file, preset }: OpenedSource, settings: readonly KnownSetting[], palette: ChalkInstance): Answer {
  refuseProblems(file);
  memorySettings(source);
  const standings = settings.map((known) => standingOf(known, source));
  const ceiling = memoryCeiling();
  const document = {
    schema: "mm.config/1",
    file: file?.path ?? null,
    preset: preset?.name ?? null,
    keys: standings.map((standing) => ({
      section: standing.setting.section,
      key: standing.setting.name,
      value: standing.text === undefined ? null : written(standing.setting, standing.text),
      source: standing.source,
      origin: standing.origin,
      clampedToBytes: clampOf(standing, ceiling) ?? null,
    })),
  };
  const shown = standings.map((standing) => {
    const clampedTo = clampOf(standing, ceiling);
    const clamp = clampedTo === undefined ? "" : `, clamped: ${ceiling.of} has ${formatBytes(clampedTo)}`;
    return {
      section: standing.setting.section,
      key: standing.setting.name,
      value: standing.text === undefined ? undefined : tomlText(standing.setting, standing.text),
      origin: standing.origin + clamp,
      isDefault: standing.source === "default",
    };
  });
  return { text: `${settingLines(shown, palette).join("\n")}\n`, document };
}

/** The bytes a size of memory comes down to at most, where it is above all there is here. */
function clampOf({ setting, text, source }: Standing, ceiling: Ceiling): number | undefined {
  if (text === undefined || source === "default" || !SIZES_OF_MEMORY.includes(pathOf(setting))) return undefined;
  return byteSize(text, setting.name) > ceiling.bytes ? ceiling.bytes : undefined;
}

function written(setting: Standing["setting"], text: string): unknown {
  return JSON.parse(tomlText(setting, text));
}

function init(path: string, overwrite: boolean, settings: readonly KnownSetting[]): Answer {
  if (existsSync(path) && !overwrite) {
    throw new OutputError(`${path} is there already`, { hint: "-y to write over it", details: { path } });
  }
  try {
    writeFileSync(path, configTemplate(settings));
  } catch (cause) {
    throw new OutputError(`cannot write ${path} (${errnoOf(cause) ?? "unknown error"})`, {
      cause,
      hint: "mm config init <file in a folder that can be written>",
      details: { path },
    });
  }
  return { text: `${printable(path)}\n`, document: { file: path } };
}

async function check(file: ConfigFile | undefined): Promise<Answer> {
  if (file === undefined) throw new InputMissingError("there is no config file", { hint: "mm config init, or mm config check <file>" });
  refuseProblems(file);
  const count = file.values.size;
  return {
    text: `${printable(file.path)}: ${count} ${count === 1 ? "key" : "keys"}, nothing wrong\n`,
    document: { file: file.path, keys: count },
  };
}

/** The folder's own file is judged as it would be if nobody named it. */
function placeOf(path: string): ConfigPlace {
  return { path, isPersonal: resolve(path) !== resolve(FILE_NAME) };
}

async function read(place: ConfigPlace, settings: readonly KnownSetting[]): Promise<ConfigFile> {
  return await readConfigFile(
    place,
    settings.map(({ setting }) => setting),
  );
}
