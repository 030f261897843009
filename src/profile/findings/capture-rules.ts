import { at, percent, type Rule, size } from "./evidence.ts";

export const captureCut: Rule = ({ run, method }) =>
  run.isComplete && method.damagedBytes === 0
    ? []
    : [
        {
          id: "capture-cut",
          severity: "warning",
          title: run.isComplete ? "A part of the capture cannot be read" : "The capture was cut off",
          evidence:
            `It holds what was written until ${at(run.durationMs)}${method.damagedBytes > 0 ? `; ${size(method.damagedBytes)} at its end cannot be read` : ""}. ${
              run.isComplete ? "" : "How the run ended, and the cgroup's own peak, are not known."
            }`.trim(),
          fix: run.isComplete
            ? "Copy the file again, or look at the disk it was on."
            : "Was mm killed, by the kernel perhaps? What is here is whole up to that moment.",
          figures: { untilMs: run.durationMs, damagedBytes: method.damagedBytes },
        },
      ];

export const shortProcesses: Rule = ({ processes, method, run: { source } }) => {
  if (source === "heaptrack" || source === "massif") return [];
  const unseen = processes.filter(({ samples, highWaterBytes }) => samples === 0 && highWaterBytes === 0).length;
  if (unseen === 0) return [];
  return [
    {
      id: "short-processes",
      severity: unseen > processes.length / 2 ? "warning" : "info",
      title: `${unseen} of ${processes.length} processes ended before they were sampled`,
      evidence: `They lived less than the ${Math.round(method.intervalMs)} ms between two samples. What they held is in no figure here but the cgroup's peak${
        method.tracking === "ptrace" ? "" : "; others may have come and gone without being seen at all"
      }.`,
      fix: "--every-process reads the high-water mark of each process as it ends.",
      figures: { unseen, processes: processes.length },
    },
  ];
};

export const samplesLost: Rule = ({ method: { missedTicks, ticks } }) => {
  const share = missedTicks === null ? 0 : missedTicks / Math.max(1, missedTicks + ticks);
  if (missedTicks === null || share < 0.05) return [];
  return [
    {
      id: "samples-lost",
      severity: share >= 0.25 ? "warning" : "info",
      title: `${percent(share)} of the samples were not taken`,
      evidence: `${missedTicks} of ${missedTicks + ticks} ticks did not come: the machine was busy, or stopped.`,
      fix: "Peaks shorter than the gaps may be missing. Leave the profiler a core, or trust the cgroup's peak.",
      figures: { missedTicks, ticks },
    },
  ];
};
