/** `mm doctor`: what this machine allows, what it does not, and what would mend it. */
import { createRequire } from "node:module";
import { release } from "node:os";
import { GIB, MIB, MmError, systemClock } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import { listEngines, runEngineTool } from "../media/index.ts";
import { cpuQuota, MemoryCore, type MemoryLimit, readMachine, readMemoryLimit, readSystemLimits } from "../memory/index.ts";
import { findProgram } from "../process/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { findingsOf } from "./doctor-findings.ts";
import type { DoctorAddon, DoctorEngine, DoctorFolder, DoctorLimit, DoctorReport, DoctorSettings } from "./doctor-result.ts";

/** Encoders that mm asks an engine for. */
const ENCODERS = ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "libaom-av1", "aac", "libopus"] as const;
/** Profilers that mm can run, or that its users ask for. */
const TOOLS = ["heaptrack", "valgrind", "perf"];
/** Asking an engine what it can do holds one child; it is not what the limit is for. */
const PROBING_BYTES = 128 * MIB;

/** @throws CancelledError; whatever is missing is a finding, not an error */
export async function doctor(settings: DoctorSettings, context: CommandContext): Promise<DoctorReport> {
  const startedMs = systemClock.nowMs();
  const addon = inspectAddon();
  const native = "problem" in addon ? undefined : await inspectWithAddon(settings, context);
  const facts = {
    platform: { os: process.platform, cpu: process.arch, kernel: release() },
    node: { version: process.version },
    addon,
    engines: describeEngines(native?.listings ?? []),
    limit: native === undefined ? null : describeLimit(native.limit),
    cpus: cpuQuota(),
    machine: readMachine(),
    system: readSystemLimits(),
    sharedFolderBytes: native === undefined ? null : freeBytes("/dev/shm"),
    tools: TOOLS.map((name) => ({ name, path: findTool(name, settings.searchPath) })),
    folders: native === undefined ? [] : settings.folders.map(describeFolder),
  };
  const findings = findingsOf(facts, engineInUse(native?.listings ?? [])?.engine?.warning);
  const canTranscode = !findings.some((finding) => finding.level === "error");
  return {
    schema: "mm.report/1",
    command: "doctor",
    ok: canTranscode,
    elapsedMs: Math.round(systemClock.nowMs() - startedMs),
    ...(native === undefined ? {} : { memory: native.memory }),
    result: { canTranscode, ...facts, findings },
  };
}

function inspectAddon(): DoctorAddon {
  try {
    const simd = binding.simd();
    const path = Object.keys(createRequire(import.meta.url).cache).find((file) => file.endsWith("mm_native.node")) ?? "";
    return { path, origin: path.includes("/prebuilds/") ? "prebuilt" : "built", simd };
  } catch (error) {
    if (!(error instanceof MmError)) throw error;
    const tried = Object.entries(error.details).map(([name, value]) => `${name}: ${value}`);
    return { problem: [error.message, ...tried].join("; "), hint: error.hint ?? "npm rebuild mm-cli" };
  }
}

type EngineListing = Awaited<ReturnType<typeof listEngines>>[number];
type NativeFacts = { readonly limit: MemoryLimit; readonly listings: readonly EngineListing[]; readonly memory: Report<unknown>["memory"] };

async function inspectWithAddon(
  { ffmpegPath, searchPath, cacheDir, folders }: DoctorSettings,
  context: CommandContext,
): Promise<NativeFacts> {
  const limit = readMemoryLimit({ children: 1, engineBinaries: 1 });
  const failure = new AbortController();
  await using core = MemoryCore.open({
    limit: { ...limit, budgetBytes: Math.max(limit.budgetBytes, PROBING_BYTES) },
    heapGrowthBytes: MIB,
    spill: { parent: folders[0] ?? ".", limitBytes: GIB },
    onFailure: (error) => failure.abort(error),
  });
  const run = runEngineTool(core.budget, AbortSignal.any([context.signal, failure.signal]));
  const listings = await listEngines({ explicit: ffmpegPath, searchPath, cacheDir, run });
  core.monitor.sample();
  return { limit, listings, memory: core.stats() };
}

function describeLimit({ limitBytes, source, boundBy, budgetBytes, lines, cgroup }: MemoryLimit): DoctorLimit {
  return { limitBytes, source, boundBy, budgetBytes, lines, highBytes: cgroup?.highBytes ?? null };
}

function describeEngines(listings: readonly EngineListing[]): DoctorEngine[] {
  const used = engineInUse(listings);
  return listings.map((listing) => {
    const { path, origin, engine, problem } = listing;
    const encoders = ENCODERS.filter((name) => engine?.encoders.includes(name));
    const inUse = listing === used;
    return { path: engine?.path ?? path, origin, version: engine?.version ?? null, encoders, problem: problem ?? null, inUse };
  });
}

/** What a transcode would use: the one the user named, which nothing replaces, else the first that works. */
function engineInUse(listings: readonly EngineListing[]): EngineListing | undefined {
  const [first] = listings;
  const isNamed = first !== undefined && ["--ffmpeg", "MM_FFMPEG", "config", "FFMPEG_BIN"].includes(first.origin);
  return (isNamed ? [first] : listings).find((listing) => listing.engine !== undefined);
}

function describeFolder(path: string): DoctorFolder {
  const { typeName, availableBytes, isMemory } = binding.fileSystem(path);
  return { path, type: typeName, availableBytes, isMemory };
}

function freeBytes(folder: string): number | null {
  try {
    return binding.fileSystem(folder).availableBytes;
  } catch {
    return null;
  }
}

function findTool(name: string, searchPath: string): string | null {
  try {
    return findProgram(name, searchPath);
  } catch {
    return null;
  }
}
