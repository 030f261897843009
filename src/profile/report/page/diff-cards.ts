import { changeText, type FigureDiff, figureText } from "../../diff.ts";
import type { DiffPayload } from "../payload.ts";
import { signedBytes } from "../words.ts";
import { TimeChart } from "./chart.ts";
import { card, el, name, swatch } from "./dom.ts";
import { bytes, formatBytes, formatMs } from "./format.ts";
import { stacksCard } from "./stacks-card.ts";
import { findingsCard, pageHeader, verdictCard } from "./summary-cards.ts";
import { View } from "./view.ts";

const BEFORE_COLOUR = "#9a9fa6";
const AFTER_COLOUR = "#d55e00";
const FIRST_ROWS = 60;
const CLASSES = { same: "", better: "diff-better", worse: "diff-worse" } as const;

/** Two runs side by side. */
export function diffCards(payload: DiffPayload): (HTMLElement | undefined)[] {
  const { diff, before, after } = payload;
  const view = new View(Math.max(diff.before.durationMs, diff.after.durationMs));
  return [
    pageHeader(diff.after.title, `${dateText(diff.before.startedAt)} against ${dateText(diff.after.startedAt)}`),
    verdictCard(diff.verdict),
    el("div", { class: "tiles" }, ...diff.figures.slice(0, 4).map(tile)),
    linesCard(payload, view),
    figuresCard(diff.figures),
    programsCard(payload),
    diff.newFindings.length > 0 ? findingsCard(diff.newFindings, () => view.showAll(), "New findings") : undefined,
    diff.goneFindings.length > 0 ? findingsCard(diff.goneFindings, () => view.showAll(), "Findings that are gone") : undefined,
    stacksCard({ stacks: after.stacks, before: before.stacks, nameOf: (process) => `process ${process}` }),
  ];
}

function dateText(startedAt: string): string {
  return startedAt.slice(0, 16).replace("T", " ");
}

function tile({ label, unit, before, after, changeShare, outcome }: FigureDiff): HTMLElement {
  return el(
    "div",
    { class: "tile" },
    el("span", { class: "label" }, label),
    el("span", { class: `value ${CLASSES[outcome]}` }, changeText(changeShare)),
    el("span", { class: "muted" }, `${figureText(before, unit)} before, ${figureText(after, unit)} after`),
  );
}

function linesCard({ before, after }: DiffPayload, view: View): HTMLElement {
  // One axis for both: each line has the last known value of its own run at the points of the other, and none after its end.
  const atMs = Float64Array.from([...new Set([...before.atMs, ...after.atMs])].sort((a, b) => a - b));
  const along = (side: DiffPayload["before"]) => {
    let row = 0;
    return atMs.map((at) => {
      while (row + 1 < side.atMs.length && (side.atMs[row + 1] ?? 0) <= at) row += 1;
      return at > (side.atMs[side.atMs.length - 1] ?? 0) ? 0 : (side.usedBytes[row] ?? 0);
    });
  };
  const lines = { before: along(before), after: along(after) };
  const readout = el(
    "p",
    { class: "readout", "aria-live": "polite" },
    "Grey: before. Orange: after. Drag to show a stretch, double click for all.",
  );
  const chart = new TimeChart(
    {
      ...{ heightPixels: 300, label: "Memory of both trees over time", atMs },
      series: () => [
        { label: "before", values: lines.before, stroke: BEFORE_COLOUR, width: 2, fill: `${BEFORE_COLOUR}33` },
        { label: "after", values: lines.after, stroke: AFTER_COLOUR, width: 2 },
      ],
      hover: (point) => {
        if (point === null) return;
        const [was, is] = [lines.before[point] ?? 0, lines.after[point] ?? 0];
        readout.textContent = `${formatMs(atMs[point] ?? 0)}: ${formatBytes(was)} before, ${formatBytes(is)} after, ${signedBytes(is - was)}`;
      },
    },
    view,
  );
  const legend = el(
    "ul",
    { class: "legend" },
    el("li", {}, swatch(BEFORE_COLOUR), " before"),
    el("li", {}, swatch(AFTER_COLOUR), " after"),
  );
  return card("timeline", "Memory over time", [], readout, chart.element, legend);
}

function figuresCard(figures: readonly FigureDiff[]): HTMLElement {
  const rows = figures.map(({ label, unit, before, after, changeShare, outcome }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, label),
      el("td", {}, unit === "bytes" ? bytes(before) : figureText(before, unit)),
      el("td", {}, unit === "bytes" ? bytes(after) : figureText(after, unit)),
      el("td", { class: CLASSES[outcome] }, changeText(changeShare)),
    ),
  );
  return card(
    "figures",
    "Figures",
    [],
    el("div", { class: "scroll" }, el("table", {}, head("", "Before", "After", "Change"), el("tbody", {}, ...rows))),
  );
}

function programsCard({ diff }: DiffPayload): HTMLElement {
  const rows = diff.programs
    .slice(0, FIRST_ROWS)
    .map(({ name: text, before, after }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, name(text)),
        el("td", {}, `${before.count} → ${after.count}`),
        el("td", {}, bytes(before.peakUsedBytes)),
        el("td", {}, bytes(after.peakUsedBytes)),
        el("td", {}, signedBytes(after.peakUsedBytes - before.peakUsedBytes)),
        el("td", {}, bytes(before.highWaterBytes)),
        el("td", {}, bytes(after.highWaterBytes)),
      ),
    );
  const heads = head("Program", "Processes", "Used, highest, before", "after", "Change", "High-water mark, before", "after");
  return card("programs", "Programs", [], el("div", { class: "scroll" }, el("table", {}, heads, el("tbody", {}, ...rows))));
}

function head(...labels: string[]): HTMLElement {
  return el("thead", {}, el("tr", {}, ...labels.map((label) => el("th", { scope: "col" }, label))));
}
