/** What engines said about themselves, one file per program. A cache that cannot be read or written costs time, never an error. */
import { createHash, randomBytes } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isListOf, isRecord, isText } from "../../base/index.ts";
import type { EngineFacts } from "./types.ts";

/** Bumped when EngineFacts changes. */
const SCHEMA = "mm.engine/2";

export class EngineCache {
  readonly #folder: string | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** The facts of exactly this program: same path, size and modification time. */
  async read(path: string): Promise<EngineFacts | undefined> {
    if (this.#folder === undefined) return undefined;
    try {
      const [text, identity] = await Promise.all([readFile(this.#fileOf(path, this.#folder), "utf8"), identityOf(path)]);
      const entry: unknown = JSON.parse(text);
      return isEntry(entry) && entry.identity === identity ? entry.facts : undefined;
    } catch {
      return undefined;
    }
  }

  async write(path: string, facts: EngineFacts): Promise<void> {
    if (this.#folder === undefined) return;
    const file = this.#fileOf(path, this.#folder);
    const part = `${file}.${randomBytes(6).toString("hex")}.part`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(part, JSON.stringify({ schema: SCHEMA, identity: await identityOf(path), facts }), { mode: 0o600 });
      await rename(part, file);
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }

  #fileOf(path: string, folder: string): string {
    return join(folder, `engine-${createHash("sha256").update(path).digest("hex").slice(0, 24)}.json`);
  }
}

async function identityOf(path: string): Promise<string> {
  const { size, mtimeNs }: BigIntStats = await stat(path, { bigint: true });
  return `${path} ${size} ${mtimeNs}`;
}

type Entry = { readonly schema: string; readonly identity: string; readonly facts: EngineFacts };

function isEntry(value: unknown): value is Entry {
  if (!isRecord(value) || value.schema !== SCHEMA || typeof value.identity !== "string") return false;
  const facts = value.facts;
  return (
    isRecord(facts) &&
    typeof facts.version === "string" &&
    typeof facts.major === "number" &&
    typeof facts.minor === "number" &&
    typeof facts.isStatic === "boolean" &&
    isListOf(facts.encoders, isText) &&
    isListOf(facts.decoders, isText) &&
    isRecord(facts.pixelFormats) &&
    Object.values(facts.pixelFormats).every((names) => isListOf(names, isText))
  );
}
