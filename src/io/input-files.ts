/** The files that words of a command line mean: files, folders with what is below them, patterns that no shell has expanded. */
import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { InputMissingError, shellQuoted } from "../base/index.ts";
import { fileError } from "../memory/index.ts";

export type InputFile = {
  /** "-" for standard input. */
  readonly path: string;
  /** What it may be called among the others: its path below the folder, or below the part of a pattern that is fixed. */
  readonly name: string;
  /** 0 for what is no regular file. */
  readonly byteLength: number;
};

/**
 * In the order of the words, and by name within one; a file that several words mean comes once. Below a folder
 * links to folders are not followed; a pattern follows them.
 *
 * @param endings - of the files taken out of folders: [".xml"]
 * @param keepsMissing - whether a file that is named and not there is one of them, which opening it will tell
 * @throws InputMissingError where a word means nothing, PermissionError or IoError for a folder that cannot be read
 */
export async function findInputFiles(
  words: readonly string[],
  endings: readonly string[],
  keepsMissing: boolean,
): Promise<readonly InputFile[]> {
  const found = new Map<string, InputFile>();
  for (const word of words) {
    for (const file of await filesOf(word, endings, keepsMissing)) {
      const path = word === "-" ? word : resolve(file.path);
      if (!found.has(path)) found.set(path, file);
    }
  }
  return [...found.values()];
}

async function filesOf(word: string, endings: readonly string[], keepsMissing: boolean): Promise<readonly InputFile[]> {
  if (word === "-") return [{ path: word, name: "stdin", byteLength: 0 }];
  const stat = reading(word, () => statSync(word, { throwIfNoEntry: false }));
  if (stat?.isDirectory() === true) {
    const files = filesBelow(word, "", endings);
    if (files.length > 0) return files;
    throw new InputMissingError(`the folder ${word} has no ${endings.join(" or ")} file in it`, { hint: `ls -R ${shellQuoted(word)}` });
  }
  return stat === undefined ? await filesMatching(word, endings, keepsMissing) : [fileAt(word, stat, basename(word))];
}

async function filesMatching(pattern: string, endings: readonly string[], keepsMissing: boolean): Promise<readonly InputFile[]> {
  // Loaded where there is a pattern.
  const { globSync, isDynamicPattern } = await import("tinyglobby");
  if (!isDynamicPattern(pattern)) {
    if (keepsMissing) return [fileAt(pattern, undefined, basename(pattern))];
    throw fileError({ code: "ENOENT" }, "read", pattern);
  }
  const paths = globSync(pattern, {
    onlyFiles: false,
    expandDirectories: false,
    absolute: pattern.startsWith("/"),
  });
  const root = fixedPart(pattern);
  const files = paths.sort().flatMap((path) => {
    const [stat, name] = [statOf(path), relative(root, path)];
    return stat?.isDirectory() === true ? filesBelow(path, name, endings) : [fileAt(path, stat, name)];
  });
  if (files.length > 0) return files;
  throw new InputMissingError(`${pattern} matches no file`, { hint: `ls ${shellQuoted(root === "" ? "." : root)}` });
}

function fileAt(path: string, stat: Stats | undefined, name: string): InputFile {
  // A pattern may match a file that is called as standard input is.
  return { path: path === "-" ? "./-" : path, name, byteLength: stat?.isFile() === true ? stat.size : 0 };
}

/** @param prefix - what the folder is called */
function filesBelow(folder: string, prefix: string, endings: readonly string[]): readonly InputFile[] {
  const names = namesBelow(folder, "", endings).sort();
  return names.map((name) => fileAt(join(folder, name), statOf(join(folder, name)), join(prefix, name)));
}

function namesBelow(folder: string, prefix: string, endings: readonly string[]): string[] {
  const entries = reading(folder, () => readdirSync(join(folder, prefix), { withFileTypes: true }));
  return entries.flatMap((entry) => {
    const name = join(prefix, entry.name);
    if (entry.isDirectory()) return namesBelow(folder, name, endings);
    if (!endings.some((ending) => name.endsWith(ending))) return [];
    const isFile = entry.isFile() || (entry.isSymbolicLink() && statOf(join(folder, name))?.isFile() === true);
    return isFile ? [name] : [];
  });
}

/** Undefined for what cannot be looked at: a link that leads nowhere, a name that is not UTF-8. Whoever opens it says why, and the others are read. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw fileError(cause, "read", path);
  }
}

/** The folders of a pattern before the first one that is not said in full. */
function fixedPart(pattern: string): string {
  const parts = pattern.split("/");
  const first = parts.findIndex((part) => /[*?[\]{}()!+@]/.test(part));
  return parts.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : "");
}
