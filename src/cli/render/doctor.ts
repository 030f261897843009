import type { ChalkInstance } from "chalk";
import { formatBytes, printable } from "../../base/index.ts";
import type { DoctorResult } from "../../commands/index.ts";
import { alignFacts, type Fact, wrapWords } from "./columns.ts";

/**
 * What the doctor found, for people: the machine first, then what to mend.
 *
 * @param columns - width of the terminal; undefined where there is none, and then nothing is wrapped
 */
export function doctorLines(result: DoctorResult, palette: ChalkInstance, columns: number = Number.POSITIVE_INFINITY): string[] {
  const facts = [...programFacts(result), ...memoryFacts(result), ...systemFacts(result), ...diskFacts(result)];
  const verdict = result.canTranscode ? palette.green("transcode can run here") : palette.red("transcode cannot run here");
  return [
    ...alignFacts(wrapped(facts, columns - NAMES_COLUMNS), palette),
    "",
    ...findingLines(result, palette, columns),
    verdict,
    "",
    ...alignFacts(wrapped(REMEDIES, columns - REMEDY_COLUMNS), palette),
  ];
}

/** Of the longest name of a fact and of a remedy, and the blanks behind it. */
const NAMES_COLUMNS = 12;
const REMEDY_COLUMNS = 17;

/** What to do about the three troubles with memory that can be told from outside. */
const REMEDIES: readonly Fact[] = [
  { name: "killed, or 75", text: "a larger --max-memory, --low-memory, or what the error says" },
  { name: "memory grows", text: "--monitor-memory shows it while it runs; mm profile -- <command> says what grows" },
  { name: "slow in tables", text: "[memory.cache] prefetch_distance in mm.toml (mm config init)" },
];

function wrapped(facts: readonly Fact[], columns: number): Fact[] {
  return facts.map(({ name, text }) => ({ name, text: wrapWords(text, columns).join("\n") }));
}

function systemFacts({ system, sharedFolderBytes, tools }: DoctorResult): Fact[] {
  const { lockedBytes, openFiles, overcommit, segmentBytes, allocator, perfParanoid } = system;
  const locked = lockedBytes === null ? "any number of bytes" : formatBytes(lockedBytes);
  const promises = { 0: "by a guess", 1: "always", 2: "never above the limit" }[overcommit.mode ?? 0] ?? "by a guess";
  const folder = sharedFolderBytes === null ? "/dev/shm (none)" : `/dev/shm (${formatBytes(sharedFolderBytes)} free)`;
  const present = tools.filter(({ path }) => path !== null).map(({ name }) => name);
  const paranoid = present.includes("perf") && perfParanoid !== null ? ` (perf_event_paranoid ${perfParanoid})` : "";
  return [
    { name: "limits", text: `${openFiles ?? "any number of"} open files; ${locked} may be locked, and mm locks none` },
    { name: "overcommit", text: `memory is promised ${promises} (vm.overcommit_memory=${overcommit.mode ?? "?"})` },
    {
      name: "shared",
      text: `memfd: not limited by ${folder} or kernel.shmmax${segmentBytes === null ? "" : ` (${formatBytes(segmentBytes)})`}`,
    },
    { name: "malloc", text: allocator === null ? "glibc's, with 2 arenas" : printable(allocator) },
    { name: "profilers", text: present.length === 0 ? "none" : `${present.join(", ")}${paranoid}` },
  ];
}

function programFacts({ platform, node, addon, engines }: DoctorResult): Fact[] {
  const loaded =
    "problem" in addon ? `not loaded: ${printable(addon.problem)}` : `${addon.origin}, ${addon.simd} kernels (${printable(addon.path)})`;
  return [
    { name: "platform", text: `${platform.os} ${platform.cpu}, kernel ${platform.kernel}` },
    { name: "node", text: node.version },
    { name: "addon", text: loaded },
    ...engines.map((engine) => ({
      name: engine.inUse ? "engine" : "not used",
      text:
        engine.version === null
          ? `${printable(engine.path)} (${engine.origin}) does not work`
          : `ffmpeg ${printable(engine.version)}: ${engine.encoders.join(", ")} (${printable(engine.path)}, ${engine.origin})`,
    })),
  ];
}

function memoryFacts({ limit, cpus, machine }: DoctorResult): Fact[] {
  const { hugePages, swap, pressure, cgroup } = machine;
  const limits = limit === null ? [] : limit.lines.map((line) => `${formatBytes(line.bytes)} ${printable(line.what)}`);
  return [
    ...(limit === null ? [] : [{ name: "memory", text: [`${formatBytes(limit.budgetBytes)} for a job now`, ...limits].join("\n") }]),
    {
      name: "cgroup",
      text:
        cgroup === undefined
          ? "no memory controller"
          : `v${cgroup.version}, ${cgroup.canMakeChild ? "an own one can be made" : "an own one cannot be made"} (${printable(cgroup.folder)})`,
    },
    { name: "processors", text: `${cpus.count}, by ${cpus.source === "cgroup" ? "the cgroup's quota" : "affinity"}` },
    {
      name: "huge pages",
      text: `${hugePages.freePages} of ${hugePages.totalPages} free, ${formatBytes(hugePages.pageBytes)} each; transparent: ${hugePages.transparent ?? "no"}`,
    },
    { name: "nodes", text: machine.memoryNodes === 1 ? "one: [memory.numa] has nothing to choose from" : String(machine.memoryNodes) },
    { name: "swap", text: swap.totalBytes === 0 ? "none" : `${formatBytes(swap.freeBytes)} of ${formatBytes(swap.totalBytes)} free` },
    {
      name: "pressure",
      text:
        pressure === undefined
          ? "not shown"
          : `${pressure.somePercent} % of the last 10 s some tasks waited, ${pressure.fullPercent} % all`,
    },
  ];
}

function diskFacts({ folders }: DoctorResult): Fact[] {
  return folders.map((folder) => ({
    name: "files",
    text: `${formatBytes(folder.availableBytes)} free, ${folder.isMemory ? "in memory" : "on disk"} (${printable(folder.path)}, ${folder.type})`,
  }));
}

function findingLines({ findings }: DoctorResult, palette: ChalkInstance, columns: number): string[] {
  return findings.flatMap((finding) => [
    ...wrapWords(printable(finding.text), columns - 7).map(
      (line, index) => `${index > 0 ? "     " : finding.level === "error" ? palette.red("error") : palette.yellow("note ")}  ${line}`,
    ),
    ...(finding.mend === null ? [] : alignFacts([{ name: "try", text: printable(finding.mend) }], palette, "       ")),
  ]);
}
