/** Small text files: written whole or not at all, and read as bytes that anybody may have put there. */
import { constants } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../base/index.ts";
import { outputFailure } from "./output-check.ts";
import { syncToDisk } from "./publish.ts";

/**
 * Gives a file this content by rename: whoever reads it sees all of it, or what was there before, also after a loss of power.
 *
 * @param mode - before the umask; the default is for the owner alone
 * @throws MmError as outputFailure
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const part = `${path}.part`;
  try {
    // Whatever has the name, a link for example, would be written through.
    await rm(part, { recursive: true, force: true });
    await writeFile(part, content, { flag: "wx", mode });
    await syncToDisk(part);
    await rename(part, path);
    await syncToDisk(dirname(path));
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw outputFailure(path, error);
  }
}

/** The text, or why there is none; undefined where there is no file. */
export type SmallFile =
  | { readonly text: string }
  | { readonly problem: "is not a regular file" | "is too large" | "cannot be read" }
  | undefined;

/** Reads a regular file of at most `limitBytes`, never through a link and never waiting. */
export async function readSmallFile(path: string, limitBytes: number): Promise<SmallFile> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) return { problem: "is not a regular file" };
    if (stat.size > limitBytes) return { problem: "is too large" };
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return { text: bytes.toString("utf8", 0, bytesRead) };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return undefined;
    return { problem: errno === "ELOOP" ? "is not a regular file" : "cannot be read" };
  }
}
