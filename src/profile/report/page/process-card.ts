import type { ProcessFacts } from "../../model.ts";
import type { ReportPayload } from "../payload.ts";
import { card, el, name } from "./dom.ts";
import { bytes, formatMs, grouped } from "./format.ts";
import { processColours } from "./stack-layers.ts";
import { REST_COLOUR } from "./theme.ts";
import type { View } from "./view.ts";

const FIRST_ROWS = 60;
/** A bar narrower than this cannot be seen. */
const LEAST_SHARE = 0.004;

type Column = {
  readonly id: string;
  readonly label: string;
  readonly amount: (facts: ProcessFacts) => number;
  readonly isRising?: boolean;
};

/** Who lived when, and what each held at most. */
export function processCard(payload: ReportPayload, view: View): HTMLElement {
  const { processes, moreProcesses, timeline } = payload;
  const colours = processColours(timeline.layers.process);
  const shownPeak = peaksIn(payload, view);
  const columns: Column[] = [
    { id: "life", label: "Lifetime", amount: ({ startMs }) => startMs, isRising: true },
    { id: "used", label: "Used, highest", amount: (facts) => shownPeak(facts) },
    { id: "mark", label: "High-water mark (RSS)", amount: ({ highWaterBytes }) => highWaterBytes },
    { id: "cpu", label: "CPU", amount: ({ cpuMs }) => cpuMs },
    { id: "faults", label: "Faults", amount: ({ minorFaults, majorFaults }) => minorFaults + majorFaults },
    { id: "exit", label: "End", amount: ({ exitCode, signal }) => (signal ?? 0) * 256 + (exitCode ?? 0) },
  ];
  let sorted = columns[1];
  let rowCount = FIRST_ROWS;
  const body = el("tbody");
  const axis = el("span", { class: "axis" });
  const highest = Math.max(1, ...processes.map(({ highWaterBytes }) => highWaterBytes));
  const showAll = () => {
    rowCount = processes.length;
    draw();
  };
  const more = el("button", { type: "button", class: "link", click: showAll });
  const heads = columns.map((column) => {
    const sort = () => {
      sorted = column;
      draw();
    };
    return el(
      "th",
      { scope: "col", class: column.id },
      el("button", { type: "button", click: sort }, column.label),
      column.id === "life" && axis,
    );
  });

  const draw = () => {
    const inside = processes.filter(({ startMs, endMs }) => startMs <= view.toMs && endMs >= view.fromMs);
    const { amount, isRising = false } = sorted ?? { amount: shownPeak };
    const order = [...inside].sort((a, b) => (isRising ? amount(a) - amount(b) : amount(b) - amount(a)));
    for (const [index, head] of heads.entries())
      head.setAttribute("aria-sort", columns[index] === sorted ? (isRising ? "ascending" : "descending") : "none");
    axis.replaceChildren(...[view.fromMs, view.toMs].map((atMs) => el("span", {}, formatMs(atMs))));
    body.replaceChildren(...order.slice(0, rowCount).map(row));
    more.hidden = inside.length <= rowCount;
    more.textContent = `show all ${inside.length}`;
  };
  const row = (facts: ProcessFacts) => {
    const { pid, command, depth, cpuMs, minorFaults, majorFaults, highWaterBytes, peakAtMs, samples } = facts;
    const used = shownPeak(facts);
    const title = el(
      "th",
      { scope: "row", title: command.join(" ") },
      name(facts.name, { class: "process" }),
      el("span", { class: "muted" }, ` ${pid}`),
    );
    title.style.setProperty("--depth", String(sorted?.id === "life" ? Math.min(depth, 6) : 0));
    return el(
      "tr",
      {},
      title,
      el("td", { class: "life" }, lifeBar(facts, view, colours.get(facts.process) ?? REST_COLOUR)),
      el(
        "td",
        {
          class: "used",
          title: samples === 0 ? "no sample: it was shorter than the time between two" : `highest at ${formatMs(peakAtMs)}`,
        },
        used > 0 ? bytes(used) : "—",
      ),
      el("td", { class: "mark" }, meter(highWaterBytes / highest), highWaterBytes > 0 ? bytes(highWaterBytes) : "not seen"),
      el("td", { class: "cpu" }, formatMs(cpuMs)),
      el(
        "td",
        { class: "faults", title: `${grouped(minorFaults)} minor, ${grouped(majorFaults)} major` },
        grouped(minorFaults + majorFaults),
      ),
      el("td", { class: "exit" }, ending(facts)),
    );
  };
  view.onChange(draw);
  draw();
  const table = el("table", { class: "processes" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Process"), ...heads)), body);
  const left = moreProcesses > 0 ? `${moreProcesses} smaller ones are not in this file. ` : "";
  const count = `${processes.length + moreProcesses} ${processes.length === 1 ? "process" : "processes"}`;
  return card(
    "processes",
    "Processes",
    [el("span", { class: "muted" }, count)],
    el("div", { class: "scroll" }, table),
    el("p", { class: "muted hint" }, left, more),
  );
}

/** What a process held at most in the stretch shown: of its own samples where that is all, else at the points drawn. */
function peaksIn({ timeline }: ReportPayload, view: View): (facts: ProcessFacts) => number {
  const layers = new Map(timeline.layers.process.map((layer) => [layer.process, layer.bytes]));
  return ({ process, peakUsedBytes }) => {
    const values = layers.get(process);
    const points = view.isWhole ? undefined : view.points(timeline.atMs);
    if (values === undefined || points === undefined) return view.isWhole ? peakUsedBytes : 0;
    let highest = 0;
    for (let point = points[0]; point <= points[1]; point += 1) highest = Math.max(highest, values[point] ?? 0);
    return highest;
  };
}

function lifeBar({ startMs, endMs, samples, exited }: ProcessFacts, view: View, colour: string): HTMLElement {
  const width = view.toMs - view.fromMs;
  const from = Math.max(0, (startMs - view.fromMs) / width);
  const to = Math.min(1, (endMs - view.fromMs) / width);
  const bar = el("span", {
    class: `bar${samples === 0 ? " unseen" : ""}${exited ? "" : " open"}`,
    title: `${formatMs(startMs)} to ${formatMs(endMs)}`,
  });
  bar.style.left = `${Math.min(from, 1 - LEAST_SHARE) * 100}%`;
  bar.style.width = `${Math.max(LEAST_SHARE, to - from) * 100}%`;
  if (samples > 0) bar.style.background = colour;
  return el("span", { class: "track" }, bar);
}

function meter(share: number): HTMLElement {
  const fill = el("span");
  fill.style.width = `${Math.min(1, share) * 100}%`;
  return el("span", { class: "meter", "aria-hidden": "true" }, fill);
}

function ending({ exited, exitCode, signal }: ProcessFacts): HTMLElement {
  if (!exited) return el("span", { class: "muted" }, "alive");
  if (signal !== null) return el("b", { class: "bad" }, `signal ${signal}`);
  if (exitCode === null) return el("span", { class: "muted" }, "unknown");
  return exitCode === 0 ? el("span", {}, "0") : el("b", { class: "bad" }, String(exitCode));
}
