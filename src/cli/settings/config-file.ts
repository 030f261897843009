import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { errnoOf, InputMissingError, MmError, nearest, PermissionError, printable, UsageError } from "../../base/index.ts";
import { wrongValue } from "../values.ts";
import { keyLines, lineOf } from "./key-lines.ts";
import { type Alias, pathOf, type Setting } from "./setting.ts";

const FILE_NAME = "mm.toml";

export type ConfigPlace = {
  readonly path: string;
  /** False for ./mm.toml: whoever made the folder may have put it there. */
  readonly isPersonal: boolean;
};

/** A value of the file, as text that its setting's `parse` takes. */
type StoredValue = { readonly text: string; readonly origin: string };

/** What a config file says: read whole, whatever the command at hand takes of it. */
export type ConfigFile = {
  readonly path: string;
  /** By the path of the setting, aliases under its own name. */
  readonly values: ReadonlyMap<string, StoredValue>;
  /** All that is wrong with it, in the order of the file. */
  readonly problems: readonly MmError[];
};

/** The file named, else ./mm.toml, else mm/mm.toml in the user's config folder (XDG Base Directory specification). */
export function findConfigFile(named: string | undefined, env: NodeJS.ProcessEnv): ConfigPlace | undefined {
  if (named !== undefined) return { path: named, isPersonal: true };
  if (existsSync(FILE_NAME)) return { path: FILE_NAME, isPersonal: false };
  const { XDG_CONFIG_HOME, HOME } = env;
  const folder =
    XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME)
      ? XDG_CONFIG_HOME
      : HOME !== undefined && isAbsolute(HOME)
        ? join(HOME, ".config")
        : undefined;
  const path = folder === undefined ? undefined : join(folder, "mm", FILE_NAME);
  return path !== undefined && existsSync(path) ? { path, isPersonal: true } : undefined;
}

/** @throws InputMissingError, PermissionError; what is wrong inside it is in `problems` */
export async function readConfigFile(place: ConfigPlace, settings: readonly Setting<unknown>[]): Promise<ConfigFile> {
  const text = readText(place.path);
  const reader = new KeyReader(place, settings, keyLines(text));
  const root = await parseToml(place.path, text);
  if (root instanceof UsageError) reader.problems.push(root);
  else reader.table("", root);
  return { path: place.path, values: reader.values, problems: reader.problems };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const errno = errnoOf(cause) ?? "unknown error";
    const options = { cause, details: { path, errno } };
    if (errno === "EACCES" || errno === "EPERM") throw new PermissionError(`${path} cannot be read`, options);
    throw new InputMissingError(`the config file ${path} cannot be read (${errno})`, { ...options, hint: "mm config init writes one" });
  }
}

/** The parser is only loaded where there is a file. @returns what is wrong where it is no TOML */
async function parseToml(path: string, text: string): Promise<object | UsageError> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(text, { unsafeKeyBehaviour: "throw" });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [problem = ""] = cause.message.replace(/^Invalid TOML document: /, "").split("\n");
    return new UsageError(`${path}:${cause.line}: ${printable(problem)}`, {
      cause,
      hint: 'key = value, with text in quotes: max_memory = "2G"',
    });
  }
}

/** @throws UsageError saying all that is wrong, with what to type for the first */
export function refuseProblems(file: ConfigFile | undefined): void {
  const [first, ...others] = file?.problems ?? [];
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new UsageError([first.message, ...others.map((each) => each.message)].join("\n"), {
    cause: first,
    details: { problems: 1 + others.length },
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

type Place = { readonly setting: Setting<unknown>; readonly convert: Alias["convert"] };

/** Matches what stands in the file with the settings there are. */
class KeyReader {
  readonly values = new Map<string, StoredValue>();
  readonly problems: MmError[] = [];
  readonly #file: ConfigPlace;
  readonly #lines: ReadonlyMap<string, number>;
  readonly #places = new Map<string, Place>();
  readonly #sections = new Set<string>();

  constructor(file: ConfigPlace, settings: readonly Setting<unknown>[], lines: ReadonlyMap<string, number>) {
    this.#file = file;
    this.#lines = lines;
    for (const setting of settings) {
      this.#places.set(pathOf(setting), { setting, convert: (text) => text });
      for (const alias of setting.aliases) this.#places.set(pathOf(alias), { setting, convert: alias.convert });
    }
    for (const path of this.#places.keys()) this.#sections.add(path.slice(0, path.lastIndexOf(".")));
  }

  table(path: string, table: object): void {
    for (const [name, value] of Object.entries(table)) {
      const at = path === "" ? name : `${path}.${name}`;
      const place = this.#places.get(at);
      if (place === undefined && this.#sections.has(at) && isTable(value)) this.table(at, value);
      else this.#collect(() => this.#take(at, place, value));
    }
  }

  #collect(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof MmError)) throw error;
      this.problems.push(error);
    }
  }

  #take(path: string, place: Place | undefined, value: unknown): void {
    const where = `${this.#file.path}:${lineOf(this.#lines, path) ?? 1}`;
    if (place === undefined) throw this.#unknown(path, where);
    const { setting, convert } = place;
    const origin = `${path.slice(path.lastIndexOf(".") + 1)} (${where})`;
    const known = this.values.get(pathOf(setting));
    if (known !== undefined) throw new UsageError(`${origin} and ${known.origin} set the same`, { hint: "one of the two" });
    if (setting.isPersonal && !this.#file.isPersonal) {
      throw new UsageError(`${origin} is not taken from a folder's own file, because it names a program or a file to write`, {
        hint: `--${setting.name.replaceAll("_", "-")}, or that line in the file of --config or in ~/.config/mm/mm.toml`,
      });
    }
    const text = convert(textOf(setting, value, origin), origin);
    setting.parse(text, origin);
    this.values.set(pathOf(setting), { text, origin });
  }

  #unknown(path: string, where: string): UsageError {
    const cut = path.lastIndexOf(".");
    const [section, name] = [path.slice(0, Math.max(0, cut)), path.slice(cut + 1)];
    const inPlace = section === "" ? "" : ` in [${printable(section)}]`;
    return new UsageError(`${where}: unknown key ${printable(name)}${inPlace}`, {
      hint: this.#suggestion(section, name) ?? "mm config show lists every key",
    });
  }

  /** A key of the same table that looks like it, else the same key of another, else a table. */
  #suggestion(section: string, name: string): string | undefined {
    const paths = [...this.#places.keys()];
    const here = paths.filter((path) => path.startsWith(`${section}.`)).map((path) => path.slice(section.length + 1));
    const elsewhere = paths.find((path) => path.endsWith(`.${name}`));
    if (elsewhere !== undefined) return `${name} under [${elsewhere.slice(0, elsewhere.lastIndexOf("."))}]`;
    const table = nearest(section === "" ? name : `${section}.${name}`, [...this.#sections]);
    return nearest(name, here) ?? (table === undefined ? undefined : `[${table}]`);
  }
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function textOf({ kind, separator }: Setting<unknown>, value: unknown, origin: string): string {
  if (kind === "switch") {
    if (typeof value === "boolean") return value ? "1" : "0";
    throw wrongValue(origin, "true or false", printable(String(value)));
  }
  if (typeof value === "string" || typeof value === "number") return String(value);
  const isTexts = kind === "list" && Array.isArray(value) && value.every((each) => typeof each === "string");
  if (isTexts) return value.join(separator ?? ",");
  throw wrongValue(origin, kind === "list" ? "text, or a list of texts" : "a number or text", printable(JSON.stringify(value)));
}
