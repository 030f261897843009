import type { Finding, ProfileModel } from "../../model.ts";
import { LEAK_WORDS } from "../../verdict.ts";
import type { ReportPayload } from "../payload.ts";
import { leakTrend } from "../words.ts";
import { card, el, name } from "./dom.ts";
import { bytes, formatBytes, formatMs, percent } from "./format.ts";
import { themeToggle } from "./theme.ts";
import type { View } from "./view.ts";

const VERDICT_SIGNS = { good: "✓", warning: "!", bad: "✕" } as const;

export function pageHeader(title: string, detail: string): HTMLElement {
  return el(
    "header",
    { class: "top" },
    el("div", { class: "brand" }, el("strong", {}, "mm profile"), name(title, { class: "command", title })),
    el("div", { class: "tools" }, el("span", { class: "muted" }, detail), themeToggle()),
  );
}

export function verdictCard({ level, headline, detail }: ProfileModel["verdict"]): HTMLElement {
  return el(
    "section",
    { class: `verdict ${level}`, "aria-label": "Verdict" },
    el("span", { class: "sign", "aria-hidden": "true" }, VERDICT_SIGNS[level]),
    el("div", {}, el("h1", {}, name(headline)), el("p", {}, detail)),
  );
}

/** Four figures; they follow the stretch of time that is shown, where they are of a time. */
export function tiles(payload: ReportPayload, view: View): HTMLElement {
  const grid = el("div", { class: "tiles" });
  const draw = () =>
    grid.replaceChildren(treeTile(payload, view), cgroupTile(payload, view), processTile(payload, view), leakTile(payload));
  view.onChange(draw);
  draw();
  return grid;
}

function tile(label: string, value: Node | string, detail: Node | string): HTMLElement {
  return el(
    "div",
    { class: "tile" },
    el("span", { class: "label" }, label),
    el("span", { class: "value" }, value),
    el("span", { class: "muted" }, detail),
  );
}

function treeTile({ timeline, peaks }: ReportPayload, view: View): HTMLElement {
  const points = view.points(timeline.atMs);
  if (points === undefined) return tile("Tree peak here", "—", "no sample in this stretch");
  let highest = points[0];
  for (let point = points[0]; point <= points[1]; point += 1)
    if ((timeline.usedBytes[point] ?? 0) > (timeline.usedBytes[highest] ?? 0)) highest = point;
  const how = timeline.isMeasured[highest] === 1 ? "measured" : `estimated; measured ${formatBytes(peaks.tree.measuredBytes)}`;
  return tile(
    view.isWhole ? "Tree peak" : "Tree peak here",
    bytes(timeline.usedBytes[highest] ?? 0),
    `at ${formatMs(timeline.atMs[highest] ?? 0)}, ${how}`,
  );
}

function cgroupTile({ timeline, peaks: { cgroup } }: ReportPayload, view: View): HTMLElement {
  if (cgroup === null) return tile("Cgroup peak", "—", "the run had no cgroup of its own");
  if (view.isWhole && cgroup.bytes !== null) {
    return tile("Cgroup peak", bytes(cgroup.bytes), `counted by the kernel, with page cache; sampled ${formatBytes(cgroup.sampledBytes)}`);
  }
  const points = view.points(timeline.atMs);
  const highest = points === undefined ? 0 : Math.max(...timeline.cgroupBytes.subarray(points[0], points[1] + 1));
  return tile(view.isWhole ? "Cgroup peak" : "Cgroup peak here", bytes(highest), "as sampled, with page cache");
}

function processTile({ timeline, processes, peaks }: ReportPayload, view: View): HTMLElement {
  if (view.isWhole) {
    if (peaks.process === null) return tile("Biggest process", "—", "no high-water mark was seen");
    const { bytes: value, name: text, pid } = peaks.process;
    return tile("Biggest process", bytes(value), el("span", {}, name(text), ` (${pid}), resident high-water mark`));
  }
  const points = view.points(timeline.atMs);
  const held = timeline.layers.process.map(({ label, bytes: values }) => ({
    label,
    highest: points === undefined ? 0 : Math.max(...values.subarray(points[0], points[1] + 1)),
  }));
  const biggest = held.reduce((best, each) => (each.highest > best.highest ? each : best), { label: "", highest: 0 });
  if (biggest.highest === 0) return tile("Biggest process here", "—", `of ${processes.length}`);
  return tile("Biggest process here", bytes(biggest.highest), el("span", {}, name(biggest.label), ", as sampled"));
}

function leakTile({ leak, run }: ReportPayload): HTMLElement {
  if (leak === undefined) return tile("Leak", "—", "not judged");
  const trend = leakTrend(leak, run.limitBytes);
  return tile(
    "Leak",
    LEAK_TITLES[leak.verdict],
    el("span", {}, name(leak.of), `: ${LEAK_WORDS[leak.verdict]}${trend === "" ? "" : `, ${trend}`}`),
  );
}

const LEAK_TITLES = { leak: "Leak", growing: "Growing", plateau: "Plateau", steady: "None", "too-short": "Too short" } as const;

export function gatesCard(gates: ProfileModel["gates"]): HTMLElement | undefined {
  if (gates.length === 0) return undefined;
  const rows = gates.map(({ gate, passed, detail }) =>
    el(
      "li",
      { class: passed ? "pass" : "fail" },
      el("b", {}, passed ? "✓ pass" : "✕ fail"),
      el("code", {}, gate),
      el("span", {}, name(detail)),
    ),
  );
  return card("gates", "Gates", [], el("ul", { class: "gates" }, ...rows));
}

const SEVERITIES = { serious: "✕ serious", warning: "! warning", info: "i note" } as const;

export function findingsCard(findings: readonly Finding[], showTime: (atMs: number) => void, heading = "Findings"): HTMLElement {
  if (findings.length === 0) return card("findings", heading, [], el("p", { class: "muted" }, "Nothing stands out."));
  const rows = findings.map(({ severity, title, evidence, fix, atMs }) =>
    el(
      "li",
      { class: severity },
      el("b", { class: "badge" }, SEVERITIES[severity]),
      el(
        "div",
        {},
        el("h3", {}, name(title)),
        el(
          "p",
          {},
          name(evidence),
          atMs !== undefined && el("button", { type: "button", class: "link", click: () => showTime(atMs) }, "show"),
        ),
        el("p", { class: "fix" }, el("b", {}, "Try "), fix),
      ),
    ),
  );
  return card("findings", heading, [], el("ul", { class: "findings" }, ...rows));
}

export function methodCard({ method, run, stacks, timeline }: ReportPayload): HTMLElement {
  const { host } = run;
  const every = `every ${Math.round(method.intervalMs)} ms; ${method.measuredTicks} of ${method.ticks} samples measured (smaps_rollup), the others estimated from resident sizes`;
  const points = method.ticks > timeline.atMs.length ? `; ${timeline.atMs.length} points drawn, each the highest of its stretch` : "";
  const own =
    method.ownCpuMs === null
      ? "not known, the capture was cut off"
      : `${formatMs(method.ownCpuMs)} of processor time, ${percent(method.ownCpuShare ?? 0)} of one core; ${formatBytes(method.ownBytes ?? 0)} at its end`;
  const sampled = stacks.filter(({ samplingBytes }) => samplingBytes !== undefined);
  const facts: (readonly [string, string])[] = [
    ["Samples", every + points],
    ["Used", "anonymous memory, shared memory counted once, and swap, of all processes; file-backed pages stand apart"],
    ["Processes", TRACKING[method.tracking]],
    ["Overhead", own],
    ["Lost", method.missedTicks === null ? "not known" : `${method.missedTicks} samples that were due`],
    ...sampled.map(
      ({ kind, samplingBytes }) =>
        [
          "Stacks",
          `${kind}: one sample in ${formatBytes(samplingBytes ?? 0)} on average; a figure of M bytes is off by about √(M × ${formatBytes(samplingBytes ?? 0)}) (one standard deviation)`,
        ] as const,
    ),
    ["Not to be had", method.unavailable.length === 0 ? "nothing was missing" : method.unavailable.join("; ")],
    [
      "Host",
      `kernel ${host.kernel}, ${host.cpus} processors, ${formatBytes(host.memoryBytes)}, ${host.cgroupVersion === 0 ? "no memory cgroup" : `cgroup v${host.cgroupVersion}`}`,
    ],
    ["Started", `${run.startedAt}, mm ${run.version}`],
  ];
  return card(
    "method",
    "How this was measured",
    [],
    el("dl", {}, ...facts.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, name(text))])),
  );
}

const TRACKING = {
  cgroup: "all in a cgroup of their own; one shorter than a sample can be missed by name, not by the cgroup's peak",
  descendants: "descendants, orphans included; shorter ones than a sample can be missed",
  ptrace: "each one, with its high-water mark at exit (ptrace)",
} as const;
