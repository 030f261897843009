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

/** Each collection as a needle as high as it was long; the points between are the floor. */
function collectionLane({ atMs, durationMs, isMajor }: ReportPayload["collections"]): Lane {
  const needles = (wanted: number) => {
    const values = new Float64Array(atMs.length * 3);
    for (const [index, duration] of durationMs.entries()) values[index * 3 + 1] = isMajor[index] === wanted ? duration : 0;
    return values;
  };
  const times = Float64Array.from({ length: atMs.length * 3 }, (_, index) => (atMs[Math.floor(index / 3)] ?? 0) + (index % 3) * 0.001);
  return {
    label: "Garbage collections, ms (red: full)",
    atMs: times,
    format: short,
    series: [
      { label: "minor", values: needles(0), stroke: BLUE, width: 1 },
      { label: "full", values: needles(1), stroke: RED, width: 1.5 },
    ],
  };
}

function laneElement({ label, atMs, format, series }: Lane, view: View): HTMLElement {
  const chart = new TimeChart(
    { heightPixels: LANE_PIXELS, label, atMs, series: () => series, formatValue: format, hasTimeAxis: false },
    view,
  );
  return el("div", { class: "lane" }, el("span", { class: "lane-label muted" }, label), chart.element);
}
