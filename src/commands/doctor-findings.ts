/** What a machine lacks, in words, each with the command that mends it where there is one. */
import { formatBytes } from "../base/index.ts";
import type { DoctorEngine, DoctorResult, Finding } from "./doctor-result.ts";
import { systemFindings } from "./doctor-system-findings.ts";

type Facts = Omit<DoctorResult, "findings" | "canTranscode">;

const INSTALL_FFMPEG = "apt-get install ffmpeg, or --ffmpeg <path>";

/** @param engineWarning what the engine in use says against itself */
export function findingsOf(facts: Facts, engineWarning: string | undefined): Finding[] {
  if ("problem" in facts.addon) return [{ level: "error", text: facts.addon.problem, mend: facts.addon.hint }];
  return [
    ...engineFindings(facts.engines, engineWarning),
    ...limitFindings(facts),
    ...pageFindings(facts),
    ...systemFindings(facts),
    ...diskFindings(facts),
  ];
}

function engineFindings(engines: readonly DoctorEngine[], warning: string | undefined): Finding[] {
  const used = engines.find((engine) => engine.inUse);
  const findings: Finding[] = engines
    .filter((engine) => engine.problem !== null)
    .map((engine) => ({ level: used === undefined ? "error" : "note", text: engine.problem ?? "", mend: INSTALL_FFMPEG }));
  if (used === undefined) return findings.length > 0 ? findings : [{ level: "error", text: "no ffmpeg found", mend: INSTALL_FFMPEG }];
  if (warning !== undefined) findings.push({ level: "note", text: warning, mend: null });
  const lacks = (encoder: string) => !used.encoders.includes(encoder);
  if (lacks("libx264")) findings.push({ level: "error", text: `${used.path} has no libx264: no H.264`, mend: INSTALL_FFMPEG });
  if (lacks("libx265"))
    findings.push({ level: "note", text: `${used.path} has no libx265: --codec hevc is refused`, mend: INSTALL_FFMPEG });
  if (lacks("libvpx-vp9"))
    findings.push({ level: "note", text: `${used.path} has no libvpx-vp9: --codec vp9 and WebM are refused`, mend: INSTALL_FFMPEG });
  if (lacks("libsvtav1") && lacks("libaom-av1"))
    findings.push({
      level: "note",
      text: `${used.path} has neither libsvtav1 nor libaom-av1: --codec av1 is refused`,
      mend: INSTALL_FFMPEG,
    });
  if (lacks("libopus"))
    findings.push({
      level: "note",
      text: `${used.path} has no libopus: --audio opus takes ffmpeg's own, which is experimental`,
      mend: INSTALL_FFMPEG,
    });
  if (lacks("aac")) findings.push({ level: "note", text: `${used.path} has no aac: --audio aac is refused`, mend: INSTALL_FFMPEG });
  return findings;
}

function limitFindings({ limit, machine }: Facts): Finding[] {
  const findings: Finding[] = [];
  if (limit !== null && limit.budgetBytes === 0) {
    findings.push({ level: "error", text: "the limit is taken up by others: nothing is left for a job", mend: null });
  }
  if (limit?.source === "physical") {
    findings.push({
      level: "note",
      text: "no cgroup limits this process: 75 % of memory is used unless told otherwise",
      mend: "--max-memory 2G",
    });
  }
  if (machine.cgroup?.canMakeChild !== true) {
    const mend = machine.cgroup?.version === 2 ? "systemd-run --user --scope -p Delegate=yes -- mm run --cgroup ..." : null;
    findings.push({ level: "note", text: "an own memory cgroup cannot be made here: --cgroup does nothing, mm measures instead", mend });
  }
  if (machine.pressure === undefined) {
    findings.push({ level: "note", text: "the kernel shows no pressure information (PSI)", mend: "boot with psi=1" });
  }
  return findings;
}

function pageFindings({ machine: { hugePages } }: Facts): Finding[] {
  const findings: Finding[] = [];
  if (hugePages.totalPages === 0) {
    const reserve = hugePages.pageBytes > 0 ? "sysctl vm.nr_hugepages=64" : null;
    findings.push({ level: "note", text: "no huge pages are reserved: pools use ordinary pages", mend: reserve });
  }
  if (hugePages.transparent === "never" || hugePages.transparent === undefined) {
    const mend = hugePages.transparent === "never" ? "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled" : null;
    findings.push({ level: "note", text: "transparent huge pages are off", mend });
  }
  return findings;
}

function diskFindings({ folders }: Facts): Finding[] {
  return folders
    .filter((folder) => folder.isMemory)
    .map((folder) => ({
      level: "note",
      text: `${folder.path} is memory (${folder.type}, ${formatBytes(folder.availableBytes)} free): files there count against the limit`,
      mend: "--temp-dir <a folder on a disk>",
    }));
}
