import { MIB } from "../../base/index.ts";
import { at, percent, processLabel, type Rule, size } from "./evidence.ts";

const SIGKILL = 9;
/** A kill this near to the limit is likely the kernel's. */
const NEAR = 0.9;

export const oomKill: Rule = (evidence) => {
  const { run, processes, peaks } = evidence;
  const killed = processes.filter(({ signal }) => signal === SIGKILL);
  const names = killed.map(({ process, endMs }) => `${processLabel(evidence, process)} at ${at(endMs)}`).join(", ");
  if (run.oomKills > 0) {
    return [
      {
        id: "oom-kill",
        severity: "serious",
        title: `The kernel killed for want of memory, ${run.oomKills === 1 ? "once" : `${run.oomKills} times`}`,
        evidence: names === "" ? "The cgroup counted it; which process it was nobody saw." : `Ended by SIGKILL: ${names}.`,
        fix: `Raise the limit above ${size(Math.max(peaks.tree.bytes, run.limitBytes))}, or lower the peak: the timeline shows who held what before the kill.`,
        figures: { oomKills: run.oomKills, limitBytes: run.limitBytes },
        ...(killed[0] === undefined ? {} : { process: killed[0].process, atMs: killed[0].endMs }),
      },
    ];
  }
  const highestBytes = Math.max(peaks.tree.bytes, peaks.cgroup?.bytes ?? 0);
  if (killed[0] === undefined || run.limitBytes <= 0 || highestBytes < NEAR * run.limitBytes) return [];
  return [
    {
      id: "oom-kill",
      severity: "serious",
      title: "A process was killed near the limit",
      evidence: `Ended by SIGKILL: ${names}. The highest use was ${size(highestBytes)} of ${size(run.limitBytes)}. The kernel's counter of kills was not there to be read, so this is likely, not certain.`,
      fix: "dmesg | grep -i 'killed process' says for certain. Raise the limit, or lower the peak.",
      figures: { highestBytes, limitBytes: run.limitBytes },
      ...{ process: killed[0].process, atMs: killed[0].endMs },
    },
  ];
};

export const nearLimit: Rule = ({ run: { limitBytes }, peaks }) => {
  const share = limitBytes > 0 ? peaks.tree.bytes / limitBytes : 0;
  if (share < NEAR) return [];
  return [
    {
      id: "near-limit",
      severity: "warning",
      title: `The peak is ${percent(share)} of the limit`,
      evidence: `${size(peaks.tree.bytes)} at ${at(peaks.tree.atMs)}, and the smallest limit above is ${size(limitBytes)}.`,
      fix: "A slightly bigger input will not fit. Leave room, or lower the peak.",
      figures: { peakBytes: peaks.tree.bytes, limitBytes, share },
      atMs: peaks.tree.atMs,
    },
  ];
};

/** Page cache, or a spike that no sample saw: the highest samples tell which. */
export const cgroupAboveProcesses: Rule = ({ peaks: { cgroup, tree }, method }) => {
  if (cgroup === null || cgroup.bytes === null) return [];
  const { bytes, sampledBytes, sampledAnonBytes } = cgroup;
  const excessBytes = bytes - tree.bytes;
  if (excessBytes < 64 * MIB || excessBytes < 0.25 * tree.bytes) return [];
  const isSpike = bytes - sampledBytes > 0.5 * excessBytes;
  const figures = {
    cgroupPeakBytes: bytes,
    treePeakBytes: tree.bytes,
    cgroupSampledBytes: sampledBytes,
    cgroupAnonBytes: sampledAnonBytes,
  };
  return [
    {
      id: "cgroup-above-processes",
      severity: isSpike ? "warning" : "info",
      title: isSpike
        ? `A spike of up to ${size(bytes - sampledBytes)} fell between two samples`
        : `${size(excessBytes)} of the cgroup's peak is no process's`,
      evidence: isSpike
        ? `The kernel counted a peak of ${size(bytes)} in the cgroup, the highest of the samples every ${Math.round(method.intervalMs)} ms is ${size(sampledBytes)}.`
        : `The kernel counted a peak of ${size(bytes)}, the processes held ${size(tree.bytes)}. Anonymous memory in the cgroup was at most ${size(sampledAnonBytes)}: the rest is page cache and kernel memory, which the kernel takes back when it needs to.`,
      fix: isSpike
        ? "--every-process reads the high-water mark of each process as it ends; a shorter --interval sees more."
        : "Nothing, if the limit counts what can not be taken back. Files that are read once can be dropped behind the reader (posix_fadvise DONTNEED).",
      figures,
    },
  ];
};
