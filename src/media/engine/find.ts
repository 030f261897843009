/** Finds the ffmpeg that does the work. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { errnoOf, InputMissingError, MmError, PermissionError, shellQuoted, UnsupportedError } from "../../base/index.ts";
import { EngineCache } from "./cache.ts";
import { type EngineCandidate, engineCandidates, lookUp } from "./candidates.ts";
import { capsOf } from "./capabilities.ts";
import { INSTALL_HINT, probeEngine } from "./probe.ts";
import type { Engine, RunTool } from "./types.ts";

type EngineSearch = {
  /** The program the user named, and by what. Nothing else is tried then. */
  readonly explicit?: EngineCandidate | undefined;
  /** Folders as in the variable PATH. */
  readonly searchPath: string;
  readonly run: RunTool;
  /** Folder that keeps what programs said about themselves; absent = ask them each time. */
  readonly cacheDir?: string | undefined;
};

/**
 * The program the user named; else ffmpeg-static, then PATH, then @ffmpeg-installer.
 *
 * @throws InputMissingError when the named program is not there · PermissionError · UnsupportedError when it is no ffmpeg, or none is found
 */
export async function findEngine(search: EngineSearch): Promise<Engine> {
  if (search.explicit !== undefined) return open(await named(search.explicit, search.searchPath), search);
  const failures: string[] = [];
  for (const candidate of await engineCandidates(search.searchPath)) {
    try {
      return await open(candidate, search);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      failures.push(error.message);
    }
  }
  throw new UnsupportedError("no ffmpeg found: not in node_modules, not in PATH", {
    hint: INSTALL_HINT,
    details: failures.length === 0 ? {} : { tried: failures.join("; ") },
  });
}

/** An engine, or why a candidate is none. */
type EngineListing = EngineCandidate & { readonly engine?: Engine; readonly problem?: string };

/** Every engine of this machine in the order findEngine tries them, the named one first. */
export async function listEngines(search: EngineSearch): Promise<EngineListing[]> {
  const listings: EngineListing[] = [];
  const candidates = await engineCandidates(search.searchPath);
  for (const candidate of search.explicit === undefined ? candidates : [search.explicit, ...candidates]) {
    try {
      const engine = await open(candidate === search.explicit ? await named(candidate, search.searchPath) : candidate, search);
      listings.push({ ...candidate, engine });
    } catch (error) {
      if (!(error instanceof MmError)) throw error;
      listings.push({ ...candidate, problem: error.message });
    }
  }
  return listings;
}

async function open(candidate: EngineCandidate, { run, cacheDir }: EngineSearch): Promise<Engine> {
  const cache = new EngineCache(cacheDir);
  let facts = await cache.read(candidate.path);
  if (facts === undefined) {
    facts = await probeEngine(candidate.path, run);
    await cache.write(candidate.path, facts);
  }
  const engine = { ...candidate, ...facts, caps: capsOf(facts) };
  if (facts.major >= 5) return engine;
  return { ...engine, warning: `ffmpeg ${facts.version} at ${candidate.path} is years old; ${INSTALL_HINT}` };
}

/** A name without a slash is looked up in PATH, as a shell would; children run in another folder, so the path is made absolute. */
async function named({ path, origin }: EngineCandidate, searchPath: string): Promise<EngineCandidate> {
  const found = path.includes("/") ? resolve(path) : await lookUp(path, searchPath);
  const details = { path, origin };
  if (found === undefined) throw new InputMissingError(`no program "${path}" in PATH (from ${origin})`, { hint: INSTALL_HINT, details });
  try {
    const stats = await stat(found);
    if (!stats.isFile()) throw new UnsupportedError(`${found} is not a program (from ${origin})`, { hint: INSTALL_HINT, details });
    if ((stats.mode & 0o111) === 0) {
      throw new PermissionError(`${found} may not be executed (from ${origin})`, { hint: `chmod +x ${shellQuoted(found)}`, details });
    }
  } catch (error) {
    if (error instanceof MmError) throw error;
    if (errnoOf(error) === "EACCES")
      throw new PermissionError(`no permission to read ${found} (from ${origin})`, { details, cause: error });
    throw new InputMissingError(`there is no ${found} (from ${origin})`, { hint: INSTALL_HINT, details, cause: error });
  }
  return { path: found, origin };
}
