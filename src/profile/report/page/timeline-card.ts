import type uPlot from "uplot";
import type { LayerKind } from "../../model.ts";
import type { ReportPayload } from "../payload.ts";
import { TimeChart } from "./chart.ts";
import { card, choice, el, name, swatch } from "./dom.ts";
import { bytes, formatBytes, formatMs } from "./format.ts";
import { lanes } from "./lanes.ts";
import { type DrawnLayer, stackLayers } from "./stack-layers.ts";
import { colour, PALETTE, withAlpha } from "./theme.ts";
import { drawTimelineMarks } from "./timeline-marks.ts";
import { timelineTable } from "./timeline-table.ts";
import type { View } from "./view.ts";

const KIND_NAMES: Readonly<Record<LayerKind, string>> = {
  ...{ program: "By program", process: "By process", kind: "By kind", owner: "By owner" },
};

/** With more, not every point can be seen: the lowest of each stretch is shown beside the highest. */
const MANY_POINTS = 500;

/** Who, or what, held memory when. */
export function timelineCard(payload: ReportPayload, view: View): HTMLElement {
  const { timeline } = payload;
  const kinds = (["program", "process", "kind", "owner"] as const).filter((kind) => timeline.layers[kind].length > 0);
  let kind: LayerKind = kinds[0] === "program" && timeline.layers.process.length <= PALETTE.length ? "process" : (kinds[0] ?? "process");
  let only: string | undefined;
  let layers = stackLayers(timeline.layers[kind], kind, only);
  let hovered: number | null = null;

  const readout = el("p", { class: "readout", "aria-live": "polite" });
  const legend = el("ul", { class: "legend" });
  const chart = new TimeChart(
    {
      ...{ heightPixels: 320, atMs: timeline.atMs, lead: timeline.usedBytes, isStacked: true },
      label: `Memory of the tree over ${formatMs(view.endMs)}, highest ${formatBytes(payload.peaks.tree.bytes)} at ${formatMs(payload.peaks.tree.atMs)}. The figures are in the table below it.`,
      series: () => [
        ...layers.map(({ label, topBytes, colour: fill, isCounted }) => ({
          label,
          values: topBytes,
          fill: withAlpha(fill, isCounted ? 0.85 : 0.35),
          stroke: colour("card"),
          width: 0.5,
        })),
        ...(only === undefined && kind !== "owner"
          ? [{ label: "used", values: timeline.usedBytes, stroke: colour("ink"), width: 1.25 }]
          : []),
        ...(only === undefined && timeline.ticks > MANY_POINTS
          ? [{ label: "lowest", values: timeline.lowBytes, isLowest: true, stroke: colour("ink"), width: 0.75, dash: [2, 3] }]
          : []),
      ],
      highest: (dataHighest) => Math.max(dataHighest, ...nearLines(payload, dataHighest)) * 1.13,
      draw: (drawn: uPlot) => drawTimelineMarks(drawn, payload, view),
      hover: (point) => {
        hovered = point;
        drawReadout();
        drawLegend();
      },
    },
    view,
  );

  const restack = () => {
    layers = stackLayers(timeline.layers[kind], kind, only);
    chart.redraw();
    drawLegend();
  };
  const drawReadout = () => {
    const text = hovered === null ? stretchText(payload, view) : pointText(payload, hovered);
    readout.replaceChildren(text);
    if (!view.isWhole) readout.append(el("button", { type: "button", class: "link", click: () => view.showAll() }, "show all"));
  };
  const drawLegend = () => legend.replaceChildren(...[...layers].reverse().map((layer) => legendItem(layer)));
  const legendItem = (layer: DrawnLayer) => {
    const value = hovered === null ? highestIn(layer, view, timeline.atMs) : (layer.bytes[hovered] ?? 0);
    const toggle = () => {
      only = only === undefined ? layer.key : undefined;
      restack();
    };
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", title: only === undefined ? "Show only this" : "Show all", "aria-pressed": only === layer.key, click: toggle },
        swatch(layer.colour),
        name(layer.label),
        bytes(value),
      ),
    );
  };

  view.onChange(() => {
    drawReadout();
    drawLegend();
  });
  drawReadout();
  drawLegend();
  const pick = (chosen: LayerKind) => {
    kind = chosen;
    only = undefined;
    restack();
  };
  const tools =
    kinds.length > 1
      ? [
          choice(
            "Stack",
            kinds.map((each) => [each, KIND_NAMES[each]] as const),
            kind,
            pick,
          ),
        ]
      : [];
  const keys = keyboard(view, chart);
  const stage = el(
    "div",
    {
      class: "stage",
      tabindex: 0,
      keydown: keys,
      "aria-label": "Timeline. Left and right move the cursor, with shift the view; plus and minus zoom, 0 shows all.",
    },
    chart.element,
    ...lanes(payload, view),
  );
  const hint = el(
    "p",
    { class: "muted hint" },
    "Drag to show a stretch; the figures above and the processes below follow. Keys: ← → cursor, Shift + ← → move, + − zoom, 0 all.",
  );
  return card("timeline", "Memory over time", tools, readout, stage, legend, hint, timelineTable(payload, view));
}

/** Limits near enough to what was used to be worth the room. */
function nearLines({ run, gates }: ReportPayload, highestBytes: number): number[] {
  return [run.limitBytes, ...gates.map(({ lineBytes = 0 }) => lineBytes)].filter((bytes) => bytes > 0 && bytes < 1.5 * highestBytes);
}

function highestIn(layer: DrawnLayer, view: View, atMs: Float64Array): number {
  const points = view.points(atMs);
  return points === undefined ? 0 : Math.max(0, ...layer.bytes.subarray(points[0], points[1] + 1));
}

function stretchText({ run }: ReportPayload, view: View): string {
  const limit = run.limitBytes > 0 ? `, limit ${formatBytes(run.limitBytes)}` : "";
  return `${formatMs(view.fromMs)} to ${formatMs(view.toMs)}${limit}. Beside each name: its highest in this stretch. `;
}

function pointText({ timeline }: ReportPayload, point: number): string {
  const how = timeline.isMeasured[point] === 1 ? "measured" : "estimated";
  const of = (column: Float64Array) => formatBytes(column[point] ?? 0);
  const count = timeline.processes[point] ?? 0;
  return `${formatMs(timeline.atMs[point] ?? 0)}: ${of(timeline.usedBytes)} used (${how}), ${count} ${count === 1 ? "process" : "processes"}, resident sizes added up ${of(timeline.residentSumBytes)} `;
}

function keyboard(view: View, chart: TimeChart): (event: Event) => void {
  return (event) => {
    const { key, shiftKey } = event as KeyboardEvent;
    if (key === "ArrowLeft") shiftKey ? view.pan(-0.25) : chart.step(-1);
    else if (key === "ArrowRight") shiftKey ? view.pan(0.25) : chart.step(1);
    else if (key === "+" || key === "=") view.zoom(0.5);
    else if (key === "-") view.zoom(2);
    else if (key === "0" || key === "Escape") view.showAll();
    else return;
    event.preventDefault();
  };
}
