/** What a reduce, a restore or an expand did, for people: figures, and histograms where people would rather look than read. */
import type { ChalkInstance } from "chalk";
import { formatBytes, formatSeconds, printable } from "../../base/index.ts";
import type { ExpandResult, ReduceResult, Report, RestoreResult } from "../../commands/index.ts";
import { alignColumns, alignFacts, type Fact, NAME_WIDTH } from "./columns.ts";

const BAR_COLUMNS = 32;

export function reduceSummary(output: string, report: Report<ReduceResult>, palette: ChalkInstance): string[] {
  const { result, elapsedMs } = report;
  const { records, representatives, members, exactDuplicates, inputBytes } = result;
  const outputBytes = result.representativeBytes + result.deltaBytes;
  const facts: Fact[] = [
    {
      name: "output",
      text: `${printable(output)}, ${formatBytes(result.representativeBytes)}, and ${formatBytes(result.deltaBytes)} of deltas`,
    },
    {
      name: "records",
      text: `${count(records)}${result.alphabet === null ? "" : ` ${result.alphabet}`}: ${count(representatives)} representatives, ${count(members)} members (${count(exactDuplicates)} of them the same residues)`,
    },
    ...targetFacts(result),
    {
      name: "size",
      text: `${formatBytes(inputBytes)} to ${formatBytes(outputBytes)}${inputBytes === 0 ? "" : `, ${percent(outputBytes, inputBytes)}`}`,
    },
    {
      name: "time",
      text: `${formatSeconds(elapsedMs / 1000)}${elapsedMs > 0 ? `, ${formatBytes((1000 * inputBytes) / elapsedMs)}/s` : ""}`,
    },
    { name: "memory", text: memoryText(report) },
    ...circleFacts(result),
    ...(result.resumedStages.length === 0
      ? []
      : [{ name: "resumed", text: `${result.resumedStages.join(", ")}: taken from the earlier run` }]),
    ...(result.verified ? [{ name: "verify", text: "restored in a stream: identical" }] : []),
  ];
  const histograms = [
    ...histogram("length", powerRows(result.lengths, "empty"), palette),
    ...histogram("G and C", twentiethRows(result.gcContents), palette),
    ...histogram("cluster size", powerRows(result.clusterSizes, ""), palette),
    ...histogram("identity of members", identityRows(result.identities), palette),
  ];
  // Last what a terminal of few lines still has to show.
  return [...histograms, ...(histograms.length > 0 ? [""] : []), ...alignFacts(facts, palette, "", NAME_WIDTH)];
}

/** What it took to make representatives small enough, or that nothing did. */
function targetFacts({ targetBytes, targetReached, steps }: ReduceResult): Fact[] {
  if (targetBytes === null) return [];
  const taken = steps.map(({ identity, representativeBytes }) => `${formatBytes(representativeBytes)} at identity ${identity}`);
  return [
    { name: "target", text: `${formatBytes(targetBytes)} ${targetReached === true ? "reached" : "not reached"}: ${taken.join(", ")}` },
  ];
}

export function restoreSummary(output: string, report: Report<RestoreResult>, palette: ChalkInstance): string[] {
  const { result, elapsedMs } = report;
  const { outputBytes, identical, records } = result;
  const isCut = records === 0 && identical !== true;
  const rate = elapsedMs > 0 && outputBytes > 0 ? `, ${formatBytes((1000 * outputBytes) / elapsedMs)}/s` : "";
  const facts: Fact[] = [
    { name: "output", text: `${output === "-" ? "stdout" : printable(output)}${outputBytes > 0 ? `, ${formatBytes(outputBytes)}` : ""}` },
    { name: "records", text: isCut ? "not counted: the reader of the pipe had seen enough" : count(records) },
    ...(identical === true ? [{ name: "sha256", text: `identical to what was reduced (${result.sha256 ?? ""})` }] : []),
    { name: "time", text: `${formatSeconds(elapsedMs / 1000)}${rate}` },
    { name: "memory", text: memoryText(report) },
  ];
  return alignFacts(facts, palette, "", NAME_WIDTH);
}

export function expandSummary(output: string, report: Report<ExpandResult>, palette: ChalkInstance): string[] {
  const { result, elapsedMs } = report;
  const { hits, memberHits, same, computed, fewest, inherited, clipped, inputBytes } = result;
  const marks = Object.entries({ same, computed, fewest, inherited, clipped }).filter(([, value]) => value > 0);
  const rate = elapsedMs > 0 ? `, ${formatBytes((1000 * inputBytes) / elapsedMs)}/s` : "";
  const facts: Fact[] = [
    { name: "output", text: `${output === "-" ? "stdout" : printable(output)}, ${formatBytes(result.outputBytes)}` },
    { name: "hits", text: `${count(hits)} on representatives, ${count(memberHits)} on members` },
    ...(memberHits > 0 ? [{ name: "of these", text: marks.map(([name, value]) => `${count(value)} ${name}`).join(", ") }] : []),
    { name: "time", text: `${formatSeconds(elapsedMs / 1000)}${rate}` },
    { name: "memory", text: memoryText(report) },
  ];
  return alignFacts(facts, palette, "", NAME_WIDTH);
}

/** Measured beside planned. */
export function memoryText({ memory }: Report<unknown>): string {
  return `peak ${formatBytes(memory.peakBytes)}, planned ${formatBytes(memory.plannedPeakBytes)}, limit ${formatBytes(memory.limitBytes)}`;
}

/** Where a sequence may have been read as a circle. */
function circleFacts({ alphabet, lengths }: ReduceResult): Fact[] {
  // [17] = from 65,536 on.
  const hasLong = lengths.slice(17).some((records) => records > 0);
  if (alphabet !== "nucleotide" || !hasLong) return [];
  return [{ name: "circles", text: "above 65,536 nucleotides the end of a representative goes on at its beginning" }];
}

type Row = { readonly name: string; readonly value: number };

/** [0] = zero, [n] = from 2^(n-1) to 2^n - 1. */
function powerRows(values: readonly number[], zero: string): Row[] {
  return values.map((value, at) => {
    const from = 2 ** (at - 1);
    const to = 2 ** at - 1;
    return { name: at === 0 ? zero : from === to ? count(from) : `${count(from)} to ${count(to)}`, value };
  });
}

/** In steps of 5 %, and 100 % alone. */
function twentiethRows(values: readonly number[]): Row[] {
  return values.map((value, at) => ({ name: at === values.length - 1 ? "100 %" : `${5 * at} to ${5 * at + 5} %`, value }));
}

/** In steps of 1 % down to where there are members. */
function identityRows(values: readonly number[]): Row[] {
  return values.map((value, at) => ({
    name: at === 0 ? "100 %" : at === values.length - 1 ? `below ${101 - at} %` : `${100 - at} %`,
    value,
  }));
}

/** Rows from the first to the last that has a value, a bar for each. */
function histogram(title: string, rows: readonly Row[], palette: ChalkInstance): string[] {
  const first = rows.findIndex(({ value }) => value > 0);
  if (first < 0) return [];
  const shown = rows.slice(first, rows.findLastIndex(({ value }) => value > 0) + 1);
  const most = Math.max(...shown.map(({ value }) => value));
  const lines = alignColumns(
    shown.map(({ name, value }) => [name, count(value), "\u2588".repeat(Math.ceil((BAR_COLUMNS * value) / most))]),
    [0, 1],
  );
  return ["", palette.bold(title), ...lines.map((line) => `  ${line}`)];
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
