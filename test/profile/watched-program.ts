/** Runs programs whose memory is known (truth.c), and gives what the profiler saw of them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { binding } from "../../src/binding/index.ts";
import { OwnCgroup } from "../../src/memory/index.ts";
import { Guest } from "../../src/process/index.ts";
import type { CaptureBatch, CaptureEvent } from "../../src/profile/capture/index.ts";
import { TABLES } from "../../src/profile/capture/index.ts";
import { Target } from "../../src/profile/index.ts";

export type Tracking = "cgroup" | "descendants" | "ptrace";

const INTERVAL_MS = 50;
const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "truth.c");
const compiler = process.env.CC ?? "cc";

/** Compiles it. @returns why it cannot be, in words */
export function compileTruth(): { readonly file: string } | { readonly problem: string } {
  const file = join(mkdtempSync(join(tmpdir(), "mm-truth-")), "truth");
  const built = spawnSync(compiler, ["-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", file, SOURCE], { encoding: "utf8" });
  if (built.error !== undefined) return { problem: `no C compiler is called ${compiler}` };
  if (built.status !== 0) throw new Error(built.stderr);
  return { file };
}

/** @returns why a variant cannot be had here, in words */
export function trackingProblem(tracking: Tracking): string | undefined {
  if (tracking === "descendants") return undefined;
  if (tracking === "cgroup") {
    const made = OwnCgroup.make(undefined);
    if (typeof made === "string") return made;
    void made[Symbol.asyncDispose]();
    return undefined;
  }
  const tracer = binding.tracer();
  const guest = new Guest({ command: "/bin/true", searchPath: undefined, args: [], tracer });
  return tracer.refusal() === 0 || guest.pid === 0 ? undefined : `ptrace is refused (errno ${tracer.refusal()})`;
}

type Watch = {
  readonly pid: number;
  readonly exit: Promise<{ readonly code: number; readonly signal: number }>;
  readonly drain: () => CaptureBatch;
  readonly end: () => { readonly cgroupPeakBytes?: number; readonly oomKills: number; readonly lost: number };
  readonly dispose: () => Promise<void>;
};

function watchTarget(command: string, args: readonly string[], everyProcess: boolean): Watch {
  const target = new Target({ command, args, searchPath: undefined, env: {}, stdoutFd: undefined, intervalMs: INTERVAL_MS, everyProcess });
  return {
    pid: target.pid,
    exit: target.exit,
    drain: () => target.drain(),
    end: () => target.end(),
    dispose: async () => await target[Symbol.asyncDispose](),
  };
}

/** As on a host where no cgroup can be made. */
function watchDescendants(command: string, args: readonly string[]): Watch {
  const guest = new Guest({ command, args, searchPath: undefined });
  const sampler = binding.sampler({
    ...{ pid: guest.pid, adoptsOrphans: true, followsSessions: false, intervalMs: INTERVAL_MS },
    ...{ originMicros: Number(process.hrtime.bigint() / 1000n), cgroupFolder: "", cgroupVersion: 0 },
  });
  const exit = guest.exit.then((ended) => {
    sampler.rootEnded(ended.code, ended.signal);
    return ended;
  });
  const end = () => {
    sampler.stop();
    return sampler.figures();
  };
  return { pid: guest.pid, exit, drain: () => sampler.drain(), end, dispose: async () => {} };
}

export type Sighting = {
  readonly exit: { readonly code: number; readonly signal: number };
  /** Highest usedBytes of the tree in MiB. */
  readonly peakMib: number;
  /** The same of ticks at which all was measured. */
  readonly measuredPeakMib: number;
  readonly peakProcesses: number;
  readonly cgroupPeakMib: number | undefined;
  readonly oomKills: number;
  readonly lost: number;
  readonly events: readonly CaptureEvent[];
  /** Exit events by how they ended, and their high water in MiB. */
  readonly exits: readonly { readonly code: number | null; readonly signal: number | null; readonly highWaterMib: number }[];
};

/** @param onStart - told the pid when the program runs */
export async function watchProgram(
  tracking: Tracking,
  file: string,
  args: readonly string[],
  onStart?: (pid: number) => void,
): Promise<Sighting> {
  const watch = tracking === "descendants" ? watchDescendants(file, args) : watchTarget(file, args, tracking === "ptrace");
  onStart?.(watch.pid);
  const exit = await watch.exit;
  const { cgroupPeakBytes, oomKills, lost } = watch.end();
  const { rows, events } = watch.drain();
  await watch.dispose();
  const width = TABLES.tree.length;
  const tree = Array.from({ length: (rows.tree?.length ?? 0) / width }, (_, row) =>
    (rows.tree ?? []).slice(row * width, (row + 1) * width),
  );
  const highest = (of: readonly (Float64Array | never[])[], name: (typeof TABLES.tree)[number]) =>
    Math.max(0, ...of.map((row) => row[TABLES.tree.indexOf(name)] ?? 0));
  const measured = tree.filter((row) => row[TABLES.tree.indexOf("isMeasured")] === 1);
  return {
    exit: { code: exit.code, signal: exit.signal },
    peakMib: highest(tree, "usedBytes") / MIB,
    measuredPeakMib: highest(measured, "usedBytes") / MIB,
    peakProcesses: highest(tree, "processes"),
    cgroupPeakMib: cgroupPeakBytes === undefined ? undefined : cgroupPeakBytes / MIB,
    oomKills,
    lost,
    events,
    exits: events
      .filter((event) => event.type === "exit")
      .map(({ code, signal, highWaterBytes }) => ({ code, signal, highWaterMib: highWaterBytes / MIB })),
  };
}

const MIB = 1024 * 1024;
