/** The README's own commands, run as they stand there, reach every class of the memory core: nothing lives only in tests. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, openSync, closeSync, ftruncateSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuiltMm } from "./cli/built-mm.ts";
import { engines } from "./transcode/run-mm.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Minutes long; they reach what the other commands reach. */
const LONG_BENCHES = ["transcode", "calibrate"];

/** What no command of the README reaches, and why that is right. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

type ReadmeCommand = { readonly line: string; readonly exitCode: number };

/** The commands in the fenced blocks of a document. `$ echo $?` below a command says how it exits; without it, 0. */
function commandsOf(markdown: string): ReadmeCommand[] {
  const blocks = [...markdown.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  return blocks.flatMap((block) => {
    const exitCode = Number(/^\$ echo \$\?\n(\d+)$/m.exec(block)?.[1] ?? 0);
    return block
      .split("\n")
      .map((line) => line.replace(/^\$ /, "").replace(/^npm ci && /, "").replace(/ {2,}.*/, ""))
      .filter((line) => /^(?:mm|node bin\/mm\.js|cat \S+ \| mm|npm run bench --) /.test(line))
      .filter((line) => !LONG_BENCHES.includes(/^npm run bench -- (\S+)/.exec(line)?.[1] ?? ""))
      .map((line) => ({ line, exitCode }));
  });
}
