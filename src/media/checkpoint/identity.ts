/** Which file this is: enough to notice that another one has its name, at the price of two reads. */
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { errnoOf, IoError, MIB } from "../../base/index.ts";
import type { MemoryCore } from "../../memory/index.ts";
import type { Engine } from "../engine/index.ts";
import { kernels } from "../kernels.ts";

export type InputIdentity = {
  /** As seen from the folder of the plan; says nothing about whether it is the same file. */
  readonly path: string;
  readonly byteLength: number;
  /** Nanoseconds since 1970, more digits than a number has. */
  readonly modifiedNs: string;
  /** XXH64 of the first and of the last mebibyte. */
  readonly headHash: string;
  readonly tailHash: string;
};

export type EngineIdentity = {
  readonly path: string;
  readonly version: string;
  readonly byteLength: number;
  readonly modifiedNs: string;
};

/** @param directory - the folder of the plan */
export async function identifyInput(
  core: Pick<MemoryCore, "budget" | "mapInput">,
  path: string,
  directory: string,
): Promise<InputIdentity> {
  const { modifiedNs } = await look(path);
  using input = await core.mapInput(core.budget, "io.window", path);
  const { byteLength } = input;
  const length = Math.min(MIB, byteLength);
  const headHash = kernels.hashBytes(input.read(0, length));
  const tailHash = kernels.hashBytes(input.read(byteLength - length, length));
  return { path: relative(directory, path), byteLength, modifiedNs, headHash, tailHash };
}

export async function identifyEngine({ path, version }: Engine): Promise<EngineIdentity> {
  return { path, version, ...(await look(path)) };
}

async function look(path: string): Promise<{ byteLength: number; modifiedNs: string }> {
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return { byteLength: Number(size), modifiedNs: String(mtimeNs) };
  } catch (cause) {
    throw new IoError(`${path} was there a moment ago and cannot be looked at now: ${errnoOf(cause)}`, { cause });
  }
}
