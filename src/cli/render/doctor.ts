import type { ChalkInstance } from "chalk";
import { formatBytes } from "../../base/index.ts";
import type { DoctorResult } from "../../commands/index.ts";
import { printable } from "../printable.ts";
import { alignFacts, type Fact } from "./columns.ts";

/** What the doctor found, for people: the machine first, then what to mend. */
export function doctorLines(result: DoctorResult, palette: ChalkInstance): string[] {
  const facts = [...programFacts(result), ...memoryFacts(result), ...diskFacts(result)];
  const verdict = result.canTranscode ? palette.green("transcode can run here") : palette.red("transcode cannot run here");
  return [...alignFacts(facts, palette), "", ...findingLines(result, palette), verdict];
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

function findingLines({ findings }: DoctorResult, palette: ChalkInstance): string[] {
  return findings.flatMap((finding) => [
    `${finding.level === "error" ? palette.red("error") : palette.yellow("note ")}  ${printable(finding.text)}`,
    ...(finding.mend === null ? [] : alignFacts([{ name: "try", text: printable(finding.mend) }], palette, "       ")),
  ]);
}
