/** The README's own commands, run as they stand there, reach every class of the memory core: nothing lives only in tests. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeMessage, makeSmallMessage } from "../fixtures/ddex.mjs";
import { makeSequences } from "../fixtures/sequences.mjs";
import { BuiltMm } from "./cli/built-mm.ts";
import { realCgroup } from "./memory/real-cgroup.ts";
import { engines } from "./transcode/run-mm.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Minutes long; they reach what the other commands reach. */
const LONG_BENCHES = ["transcode", "calibrate", "memory", "reduce", "share"];

/** What no command of the README reaches, and why that is right. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "budget-exceeded.js: budgetExceeded": "the plan refuses with an error of its own before the ledger has to",
  "file-error.js: fileError": "words for a file that cannot be read, and the files of the README can",
  "process-identity.js: processPresence": "asked only when a folder of an earlier or another job is in the way",
  "limit.js: readGroupBytes": "asked only where another mm job runs; test/transcode/share.test.ts has several",
  "mapped-input-mmap-io.js: mmapIoBackend": "an optional peer, which mm does not bring",
};
/** Reached in a memory cgroup that has a limit, which not every machine lets us make. */
const NEED_CGROUP = ["cgroup.js: CgroupReader", "kernel-file.js: KernelFile", "procfs.js: readPageBytes"];
const CGROUP_BYTES = 2 * 1024 ** 3;

type ReadmeCommand = { readonly line: string; readonly exitCode: number };

/** The commands in the fenced blocks of a document. `$ echo $?` below a command says how it exits; without it, 0. */
function commandsOf(markdown: string): ReadmeCommand[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => language === "")
    .map(([, , block = ""]) => block);
  return blocks.flatMap((block) => {
    const exitCode = Number(/^\$ echo \$\?\n(\d+)$/m.exec(block)?.[1] ?? 0);
    const lines = block.split("\n");
    // Where some lines have a prompt, the others are what a command printed.
    const typed = lines.some((line) => line.startsWith("$ ")) ? lines.filter((line) => line.startsWith("$ ")) : lines;
    return typed
      .map((line) =>
        line
          .replace(/^\$ /, "")
          .replace(/^npm ci && /, "")
          .replace(/ {2,}.*/, ""),
      )
      .filter((line) => /^(?:mm|node bin\/mm\.js|cat \S+ \| mm|npm run bench --) /.test(line))
      .filter((line) => !LONG_BENCHES.includes(/^npm run bench -- (\S+)/.exec(line)?.[1] ?? ""))
      .map((line) => ({ line, exitCode }));
  });
}

/** A QuickTime file as large as those that are mapped and not read: free space that takes no disk follows the clip. */
function padded(clip: string, byteLength: number): void {
  const size = statSync(clip).size;
  const header = Buffer.from("\0\0\0\0free", "latin1");
  header.writeUInt32BE(byteLength - size);
  const fd = openSync(clip, "r+");
  writeSync(fd, header, 0, header.length, size);
  ftruncateSync(fd, byteLength);
  closeSync(fd);
}

/** A folder that has what the README's commands name. */
class ReadmeFolder implements Disposable {
  readonly #built = new BuiltMm("unbundled");
  readonly #coverage = mkdtempSync(join(tmpdir(), "mm-coverage-"));
  readonly #cgroup = realCgroup(CGROUP_BYTES);

  constructor() {
    const { folder, bin } = this.#built;
    for (const name of ["bench", "fixtures"]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    // One second of it: every command of transcode encodes it.
    const second = ["-i", join(ROOT, "fixtures/clip.mp4"), "-t", "1", "-map", "0:v", "-map", "0:a", "-c", "copy", join(folder, "in.mp4")];
    execFileSync(engines()[0]?.path ?? "", ["-v", "error", ...second]);
    cpSync(join(folder, "in.mp4"), join(folder, "in.mov"));
    padded(join(folder, "in.mov"), 101 * 1024 * 1024);
    const proteins = [...makeSequences({ kind: "protein", bytes: 200_000, seed: 21 })].join("");
    writeFileSync(join(folder, "proteins.fasta"), `>P12345 of the README\nMKVLAAGIVGLPNVGKSTLF\n${proteins}`);
    writeFileSync(join(folder, "hits.m8"), "query\tP12345\t95.0\t20\t1\t0\t1\t20\t1\t20\t1e-5\t40\n");
    writeFileSync(join(folder, "more.fasta.gz"), gzipSync([...makeSequences({ kind: "protein", bytes: 50_000, seed: 23 })].join("")));
    const alleles = [...makeSequences({ kind: "nucleotide", bytes: 100_000, seed: 22 })].join("");
    writeFileSync(join(folder, "alleles.fasta.gz"), gzipSync(alleles));
    writeFileSync(join(folder, "feed.xml"), [...makeMessage({ profile: "catalogue", seed: 24, bytes: 200_000 }).pieces].join(""));
    mkdirSync(join(folder, "deliveries/day"), { recursive: true });
    for (const at of [1, 2]) writeFileSync(join(folder, `deliveries/day/${at}.xml`), makeSmallMessage(25, at));
    mkdirSync(join(folder, "path"));
    symlinkSync(bin, join(folder, "path/mm"));
  }

  /** Why commands do not run in a cgroup of their own; undefined when they do. */
  get noCgroup(): string | undefined {
    return typeof this.#cgroup === "string" ? this.#cgroup : undefined;
  }

  get core(): string {
    return join(this.#built.folder, "dist/memory");
  }

  /** Every command starts without the outputs of the others. */
  run(line: string): { code: number | null; output: string } {
    const { folder } = this.#built;
    for (const name of readdirSync(folder)) if (name.startsWith("out.")) rmSync(join(folder, name), { recursive: true });
    const env = {
      ...process.env,
      PATH: `${join(folder, "path")}:${dirname(process.execPath)}:${process.env.PATH}`,
      XDG_CACHE_HOME: join(folder, "cache"),
      NODE_V8_COVERAGE: this.#coverage,
    };
    const shell = ["/bin/sh", "-c", line];
    const [file = "", ...args] = typeof this.#cgroup === "string" ? shell : this.#cgroup.enter(shell);
    const { status, stdout, stderr } = spawnSync(file, args, { cwd: folder, env, encoding: "utf8", maxBuffer: 1e8 });
    return { code: status, output: stdout + stderr };
  }

  /** Names of functions that ran, with the place of each, by file of the core. Class constructors bear the name of their class. */
  calls(): Map<string, { readonly name: string; readonly start: number }[]> {
    const calls = new Map<string, { name: string; start: number }[]>();
    const prefix = pathToFileURL(this.core).href;
    for (const file of readdirSync(this.#coverage)) {
      const { result }: Coverage = JSON.parse(readFileSync(join(this.#coverage, file), "utf8"));
      for (const script of result.filter(({ url }) => url.startsWith(prefix))) {
        const called = script.functions
          .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
          .map(({ functionName, ranges }) => ({ name: functionName, start: ranges[0]?.startOffset ?? 0 }));
        const name = basename(script.url);
        calls.set(name, [...(calls.get(name) ?? []), ...called]);
      }
    }
    return calls;
  }

  [Symbol.dispose](): void {
    this.#built[Symbol.dispose]();
    rmSync(this.#coverage, { recursive: true, force: true });
    if (typeof this.#cgroup !== "string") this.#cgroup[Symbol.dispose]();
  }
}

/** What NODE_V8_COVERAGE writes, as far as it is read here. */
type Coverage = {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly functionName: string; readonly ranges: readonly { startOffset: number; count: number }[] }[];
  }[];
};

/** Classes and exported functions of the built core that no command called, as "file: name". */
function unreached(core: string, calls: ReturnType<ReadmeFolder["calls"]>): string[] {
  return readdirSync(core)
    .filter((file) => file.endsWith(".js"))
    .flatMap((file) => {
      const source = readFileSync(join(core, file), "utf8");
      const declarations = source.matchAll(/^(?:export )?(?:abstract )?class (\w+)[\s\S]*?^}$|^export (?:async )?function\*? (\w+)/gm);
      return [...declarations].flatMap(({ 0: text, 1: className, 2: functionName, index: start }) => {
        // A class that writes no constructor has its fields set by this function of V8's.
        const names = className === undefined ? [functionName] : [className, "<instance_members_initializer>"];
        const called = calls
          .get(file)
          ?.some((call) => names.includes(call.name) && call.start >= start && call.start < start + text.length);
        return called ? [] : [`${file}: ${className ?? functionName}`];
      });
    });
}

const canRun = engines().length > 0;
if (!canRun) console.log("skipped: the README's commands, because no ffmpeg is installed");

describe.skipIf(!canRun)("the README's own commands", () => {
  let folder: ReadmeFolder;
  beforeAll(() => {
    folder = new ReadmeFolder();
  });
  afterAll(() => folder?.[Symbol.dispose]());

  const commands = commandsOf(readFileSync(join(ROOT, "README.md"), "utf8"));

  test.each(commands.map(({ line, exitCode }) => [line, exitCode] as const))("`%s` exits with %d", (line, exitCode) => {
    const { code, output } = folder.run(line);
    expect(code, output).toBe(exitCode);
  });

  test("reach every class and exported function of the memory core", () => {
    const { core, noCgroup } = folder;
    if (noCgroup !== undefined) console.log(`not looked for: ${NEED_CGROUP.join(", ")}, because ${noCgroup}`);
    const excepted = [...Object.keys(EXCEPTIONS), ...(noCgroup === undefined ? [] : NEED_CGROUP)];
    const missing = unreached(core, folder.calls()).filter((name) => !excepted.includes(name));
    expect(missing, `no command of the README reaches\n  ${missing.join("\n  ")}\n`).toEqual([]);
  });
});
