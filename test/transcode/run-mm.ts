/** Runs the built mm as a user would, and gives back what it said. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuiltMm } from "../cli/built-mm.ts";

export const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "../../fixtures");

export type MmRun = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A built mm and a folder for its outputs, both gone on dispose. */
export class MmSession implements Disposable {
  readonly #built = new BuiltMm("real");
  readonly folder = mkdtempSync(join(tmpdir(), "mm-run-"));

  get bin(): string {
    return this.#built.bin;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** @param input - bytes for standard input */
  run(args: readonly string[], options: { input?: Uint8Array; env?: Record<string, string> } = {}): MmRun {
    const env = { ...process.env, XDG_CACHE_HOME: this.path("cache"), ...options.env };
    const result = spawnSync(process.execPath, [this.bin, ...args], {
      cwd: this.folder,
      env,
      input: options.input,
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    return { code: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
  }

  /** @param input - bytes for standard input, which stays open without them */
  start(args: readonly string[], input?: Uint8Array) {
    const child = spawn(process.execPath, [this.bin, ...args], {
      cwd: this.folder,
      env: { ...process.env, XDG_CACHE_HOME: this.path("cache") },
    });
    // A job may end before it has read everything.
    child.stdin.on("error", () => undefined);
    if (input !== undefined) child.stdin.end(input);
    let stderr = "";
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    const exit = new Promise<MmRun>((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, stdout: "", stderr })));
    return { pid: child.pid ?? -1, kill: (signal: NodeJS.Signals) => child.kill(signal), said: () => stderr, exit };
  }

  /** What is in the output folder beside the engine cache. */
  leftovers(): string[] {
    return readdirSync(this.folder).filter((name) => name !== "cache");
  }

  [Symbol.dispose](): void {
    this.#built[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export type TestEngine = { readonly name: string; readonly path: string };

/** The engines this machine has: the system's, and the one that comes from npm. */
export function engines(): TestEngine[] {
  const found: TestEngine[] = [];
  for (const folder of (process.env.PATH ?? "").split(":")) {
    if (existsSync(join(folder, "ffmpeg"))) {
      found.push({ name: "the system's ffmpeg", path: join(folder, "ffmpeg") });
      break;
    }
  }
  const require = createRequire(import.meta.url);
  for (const name of ["@ffmpeg-installer/linux-x64/ffmpeg", "@ffmpeg-installer/linux-arm64/ffmpeg"]) {
    try {
      found.push({ name: "npm's ffmpeg", path: require.resolve(name) });
    } catch {
      // Only one of the two is installed.
    }
  }
  return found;
}

/** Live processes whose command line names `text`. */
export function processesNaming(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          pid !== process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text) &&
          !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
        );
      } catch {
        return false;
      }
    });
}

/** Waits until `condition` holds. @throws after 20 s */
export async function until(condition: () => boolean): Promise<void> {
  for (let wait = 0; wait < 2000; wait += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("waited 20 s in vain");
}
