import type { ChalkInstance } from "chalk";
import { formatBytes, formatSeconds, printable } from "../../base/index.ts";
import type { MemoryStats, Report, TranscodeResult } from "../../commands/index.ts";
import { alignColumns, alignFacts, type Fact, NAME_WIDTH } from "./columns.ts";

/** Nobody waited who was admitted sooner. */
const LEAST_WAIT_MS = 100;

/** What a transcode did, in a few lines for people. */
export function transcodeSummary(output: string, report: Report<TranscodeResult>, palette: ChalkInstance): string[] {
  const { result, memory, elapsedMs } = report;
  // A run that found chunks finished did not do all of this in its time.
  const workedMs = elapsedMs - memory.admissionWaitMs;
  const hasSpeed = workedMs > 0 && result.resumedChunks === 0;
  const speed = hasSpeed ? `, ${(result.durationSeconds / (workedMs / 1000)).toFixed(2)}x` : "";
  const waited =
    memory.admissionWaitMs < LEAST_WAIT_MS ? "" : `, after ${formatSeconds(memory.admissionWaitMs / 1000)} of waiting for memory`;
  const resumed = `${result.resumedChunks} of ${result.chunks} chunks were finished before`;
  const facts: Fact[] = [
    { name: "output", text: `${printable(output)}, ${formatBytes(result.outputBytes)}` },
    { name: "frames", text: `${result.framesOut} of ${result.framesIn} in ${formatSeconds(workedMs / 1000)}${speed}${waited}` },
    ...(result.resumedChunks > 0 ? [{ name: "resumed", text: resumed }] : []),
    {
      name: "memory",
      text: `peak ${formatBytes(memory.peakBytes)}, planned ${formatBytes(memory.plannedPeakBytes)}${result.memoryEstimated ? " (memory estimated)" : ""}, limit ${formatBytes(memory.limitBytes)}`,
    },
    { name: "picture", text: pictureText(result) },
  ];
  return alignFacts(facts, palette, "", NAME_WIDTH);
}

function pictureText({ psnr, ssim, framesCompared, route }: TranscodeResult): string {
  if (route === "copy") return "as it was, not encoded";
  if (framesCompared === 0) return "not compared";
  const frames = `${framesCompared} ${framesCompared === 1 ? "frame" : "frames"} compared`;
  return psnr === null || ssim === null ? `equal to the bit, ${frames}` : `PSNR ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(4)}, ${frames}`;
}

/** `--stats`: memory by owner, the ledger against the kernel's figures, and what the ladder did. */
export function memoryStatsLines(memory: MemoryStats, palette: ChalkInstance): string[] {
  const owners = memory.owners.map((owner) => [
    owner.tag,
    formatBytes(owner.peakBytes),
    formatBytes(owner.currentBytes),
    String(owner.reservations),
    memory.peakLedgerBytes > 0 ? `${((owner.peakBytes / memory.peakLedgerBytes) * 100).toFixed(1)} %` : "",
  ]);
  return [
    palette.bold("memory by owner"),
    ...alignColumns([["owner", "peak", "now", "reservations", "of the peak"], ...owners], [1, 2, 3, 4]).map(
      (line, index) => `  ${index === 0 ? palette.dim(line) : line}`,
    ),
    palette.bold("ledger against kernel"),
    ...alignColumns(ledgerRows(memory), [1, 2]).map((line, index) => `  ${index === 0 ? palette.dim(line) : line}`),
    ...alignFacts(countedFacts(memory), palette, "  "),
    ...ladderLines(memory, palette),
  ];
}

function ledgerRows(memory: MemoryStats): string[][] {
  const { baselineBytes, ownLedgerPeakBytes, ownPeakBytes, peakLedgerBytes, peakBytes, peakResidentBytes } = memory;
  return [
    ["", "ledger", "measured"],
    ["Node before any work", "", formatBytes(baselineBytes)],
    ["this process", formatBytes(ownLedgerPeakBytes), formatBytes(ownPeakBytes)],
    ["whole tree", formatBytes(peakLedgerBytes), formatBytes(peakBytes)],
    ["with file pages", "", formatBytes(peakResidentBytes)],
  ];
}

function countedFacts(memory: MemoryStats): Fact[] {
  return [
    { name: "held by", text: `the ${memory.heldBy}, sampled every ${memory.sampleMs.toFixed(0)} ms` },
    { name: "pool", text: `${memory.poolSlots} slots, ${memory.poolAvailable} free` },
    { name: "spilled", text: formatBytes(memory.spilledBytes) },
    { name: "copied", text: formatBytes(memory.copiedBytes) },
    { name: "waited", text: `${formatSeconds(memory.admissionWaitMs / 1000)} for admission` },
  ];
}

function ladderLines({ steps }: MemoryStats, palette: ChalkInstance): string[] {
  if (steps.length === 0) return [palette.bold("memory ladder"), "  never used"];
  const rows = steps.map((step) => [
    formatSeconds(step.atMs / 1000),
    step.step,
    `freed ${formatBytes(step.freedBytes)}`,
    `${step.times} ${step.times === 1 ? "time" : "times"}`,
    `${step.name} (${step.cause})`,
  ]);
  return [palette.bold("memory ladder"), ...alignColumns(rows, [0]).map((line) => `  ${printable(line)}`)];
}
