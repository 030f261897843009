import type uPlot from "uplot";
import type { ReportPayload } from "../payload.ts";
import { type ChartSeries, TimeChart } from "./chart.ts";
import { el } from "./dom.ts";
import { percent, short } from "./format.ts";
import { withAlpha } from "./theme.ts";
import type { View } from "./view.ts";

const LANE_PIXELS = 64;
const BLUE = "#0072b2";
const ORANGE = "#e69f00";
const RED = "#d55e00";

type Lane = {
  readonly label: string;
  readonly atMs: Float64Array;
  readonly format: (value: number) => string;
  readonly series: readonly ChartSeries[];
  readonly draw?: (chart: uPlot) => void;
};

/** What else went on, under the same cursor; a lane that has nothing to show is left out. */
export function lanes(payload: ReportPayload, view: View): HTMLElement[] {
  const { timeline, collections } = payload;
  const area = (label: string, values: Float64Array, colour: string): ChartSeries => ({
    label,
    values,
    fill: withAlpha(colour, 0.3),
    stroke: colour,
    width: 1,
  });
  const all: Lane[] = [
    { label: "Processors in use", atMs: timeline.atMs, format: short, series: [area("cores", timeline.cpuCores, BLUE)] },
    {
      label: "Page faults a second (orange: read from disk)",
      atMs: timeline.atMs,
      format: short,
      series: [area("minor", timeline.minorFaultsPerSecond, BLUE), area("major", timeline.majorFaultsPerSecond, ORANGE)],
    },
    {
      label: "Waiting for memory (red: everything waited)",
      atMs: timeline.atMs,
      format: percent,
      series: [area("some", timeline.someStallShare, ORANGE), area("full", timeline.fullStallShare, RED)],
    },
    collectionLane(collections),
  ];
  return all.filter(({ series }) => series.some(({ values }) => values.some((value) => value > 0))).map((lane) => laneElement(lane, view));
}

/** Each collection as a needle as high as it was long. */
function collectionLane({ atMs, durationMs, isMajor }: ReportPayload["collections"]): Lane {
  const draw = ({ ctx, bbox, valToPos }: uPlot) => {
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    // Many at once are a cloud.
    ctx.globalAlpha = Math.min(1, Math.max(0.2, bbox.width / (4 * Math.max(1, atMs.length))));
    for (const wanted of [0, 1]) {
      ctx.strokeStyle = wanted === 1 ? RED : BLUE;
      ctx.beginPath();
      for (const [index, at] of atMs.entries()) {
        if (isMajor[index] !== wanted) continue;
        const x = valToPos(at / 1000, "x", true);
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x, valToPos(durationMs[index] ?? 0, "y", true));
      }
      ctx.stroke();
    }
    ctx.restore();
  };
  return { label: "Garbage collections, ms (red: full)", atMs, format: short, series: [{ label: "pause", values: durationMs }], draw };
}

function laneElement({ label, atMs, format, series, draw }: Lane, view: View): HTMLElement {
  const options = { heightPixels: LANE_PIXELS, label, atMs, series: () => series, formatValue: format, hasTimeAxis: false };
  const chart = new TimeChart({ ...options, ...(draw === undefined ? {} : { draw }) }, view);
  return el("div", { class: "lane" }, el("span", { class: "lane-label muted" }, label), chart.element);
}
