/** What the system's own limits mean for mm and for what it runs. */
import { formatBytes, GIB } from "../base/index.ts";
import type { DoctorResult, Finding } from "./doctor-result.ts";

/** Node reserves more than 4 GiB of addresses for itself; ffmpeg 1 to 2 GiB (VmSize). */
const SMALLEST_ADDRESS_SPACE_BYTES = 8 * GIB;
/** Linux's own default; each mapped window, thread and malloc arena takes one or two. */
const USUAL_MAPPINGS = 65_530;
/** A reduction has its parts open at once, up to 64 in a merge, beside Node's own. */
const FEWEST_OPEN_FILES = 256;

/** Of programs that mm can run for somebody, what each is for. */
const TOOLS: Readonly<Record<string, string>> = {
  heaptrack: "mm profile --tool heaptrack is refused",
  valgrind: "mm profile --tool massif is refused",
};

export function systemFindings({ system, limit, tools }: Pick<DoctorResult, "system" | "limit" | "tools">): Finding[] {
  return [...limitFindings(system), ...kernelFindings(system), ...highFindings(limit), ...toolFindings(tools)];
}

function limitFindings({ dataBytes, addressSpaceBytes, openFiles, mappings }: DoctorResult["system"]): Finding[] {
  const findings: Finding[] = [];
  if (addressSpaceBytes !== null && addressSpaceBytes < SMALLEST_ADDRESS_SPACE_BYTES) {
    const text = `addresses are limited to ${formatBytes(addressSpaceBytes)} (RLIMIT_AS): Node and ffmpeg reserve more than they use`;
    findings.push(note(text, "ulimit -v unlimited"));
  }
  if (dataBytes !== null) {
    const text = `RLIMIT_DATA is ${formatBytes(dataBytes)}: programs fail at what they map, which is more than they hold`;
    findings.push(note(text, "ulimit -d unlimited"));
  }
  if (openFiles !== null && openFiles < FEWEST_OPEN_FILES) {
    findings.push(note(`${openFiles} files may be open at once: large reductions need more`, "ulimit -n 1024"));
  }
  if (mappings !== null && mappings < USUAL_MAPPINGS) {
    const text = `a process may have ${mappings} mappings, Linux gives 65,530: large programs fail to allocate`;
    findings.push(note(text, `sysctl vm.max_map_count=${USUAL_MAPPINGS}`));
  }
  return findings;
}

function kernelFindings({ overcommit, ptraceScope, allocator }: DoctorResult["system"]): Finding[] {
  const findings: Finding[] = [];
  if (overcommit.mode === 2) {
    const left = formatBytes(Math.max(0, overcommit.limitBytes - overcommit.committedBytes));
    const text = `the kernel promises no more than there is (vm.overcommit_memory=2), ${left} more now: jobs under their limit can fail`;
    findings.push(note(text, "sysctl vm.overcommit_memory=0"));
  }
  if (allocator !== null) {
    const text = `${allocator} is in the place of malloc: forecasts and MALLOC_ARENA_MAX=2 are for glibc's`;
    findings.push(note(text, "env -u LD_PRELOAD mm ..."));
  }
  if (ptraceScope === 3) {
    findings.push(note("no process may trace another until a reboot (ptrace_scope=3): mm profile --every-process is refused", null));
  } else if (ptraceScope === 2) {
    const text = "only root may trace (ptrace_scope=2): mm profile --every-process is refused";
    findings.push(note(text, "sysctl kernel.yama.ptrace_scope=1"));
  }
  return findings;
}

function highFindings(limit: DoctorResult["limit"]): Finding[] {
  const highBytes = limit?.highBytes ?? null;
  if (highBytes === null) return [];
  const text = `from ${formatBytes(highBytes)} on the kernel slows this cgroup down (memory.high): a job that plans with more crawls`;
  return [note(text, `--max-memory ${Math.floor(highBytes / 1024 ** 2)}M`)];
}

function toolFindings(tools: DoctorResult["tools"]): Finding[] {
  return tools.flatMap(({ name, path }) => {
    const lost = TOOLS[name];
    return path === null && lost !== undefined ? [note(`${name} is not there: ${lost}`, `apt-get install ${name}`)] : [];
  });
}

function note(text: string, mend: string | null): Finding {
  return { level: "note", text, mend };
}
