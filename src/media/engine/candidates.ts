/** Where an ffmpeg may be, in the order mm looks. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import type { EngineOrigin } from "./types.ts";

export type EngineCandidate = { readonly path: string; readonly origin: EngineOrigin };

/** Programs that exist and may be executed, best first: ffmpeg-static, PATH, @ffmpeg-installer. */
export async function engineCandidates(searchPath: string): Promise<EngineCandidate[]> {
  const candidates: EngineCandidate[] = [];
  const add = async (path: string | undefined, origin: EngineOrigin): Promise<void> => {
    if (path !== undefined && (await isProgram(path))) candidates.push({ path, origin });
  };
  await add(stringOf(packageExport("ffmpeg-static")), "ffmpeg-static");
  await add(await lookUp("ffmpeg", searchPath), "PATH");
  await add(pathOf(packageExport("@ffmpeg-installer/ffmpeg")), "@ffmpeg-installer");
  return candidates;
}

/** The first program of that name in the folders of PATH. */
export async function lookUp(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    // An empty entry means the working folder, which is no place to take programs from.
    if (folder === "") continue;
    const path = join(folder, name);
    if (await isProgram(path)) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** What an optional dependency exports; undefined when it is not installed or throws because its binary is not there. */
function packageExport(name: string): unknown {
  try {
    return createRequire(import.meta.url)(name);
  } catch {
    return undefined;
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function pathOf(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "path" in value ? stringOf(value.path) : undefined;
}
