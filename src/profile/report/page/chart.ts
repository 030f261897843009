import uPlot from "uplot";
import { type Instants, lowestOf, pickInstants } from "../../instants.ts";
import { axisBytes, formatMs } from "./format.ts";
import { colour, onTheme } from "./theme.ts";
import type { View } from "./view.ts";

/** Room left of every chart, so that they stand under each other. */
const AXIS_PIXELS = 72;
/** Nearer together, lines become a wall that hides what is behind them. */
const PIXELS_PER_POINT = 2;
const SYNC = "time";
const FONT = "11px system-ui, sans-serif";
const TIME_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600,
  43_200, 86_400,
];
const BYTE_STEPS = Array.from({ length: 52 }, (_, power) => 2 ** power);

export type ChartSeries = {
  readonly label: string;
  readonly values: Float64Array;
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly dash?: number[];
  /** Between points that are left out its lowest value counts, not the one at the highest of the lead. */
  readonly isLowest?: boolean;
};

export type ChartOptions = {
  readonly heightPixels: number;
  /** Of the picture, for those who do not see it. */
  readonly label: string;
  readonly atMs: Float64Array;
  readonly series: () => readonly ChartSeries[];
  /** Where there are more points than a screen can show, those are drawn at which this is highest; else the first series. */
  readonly lead?: Float64Array;
  /** Each series fills down to the one before it. */
  readonly isStacked?: boolean;
  readonly formatValue?: (value: number) => string;
  readonly hasTimeAxis?: boolean;
  readonly highest?: (dataHighest: number) => number;
  readonly draw?: (chart: uPlot) => void;
  readonly hover?: (point: number | null) => void;
};

/** A chart over the time of `view`: dragging over it shows the stretch, a double click everything, and all charts share the cursor. */
export class TimeChart {
  readonly element = document.createElement("div");
  readonly #options: ChartOptions;
  readonly #view: View;
  #chart: uPlot | undefined;
  #series: readonly ChartSeries[] = [];
  /** The points that are drawn now. */
  #rows: Uint32Array = new Uint32Array(0);

  constructor(options: ChartOptions, view: View) {
    this.#options = options;
    this.#view = view;
    this.element.className = "chart";
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", options.label);
    view.onChange(() => this.#follow());
    onTheme(() => this.redraw());
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  /** Draws anew: colours or layers have changed. */
  redraw(): void {
    this.#chart?.destroy();
    const width = this.element.clientWidth;
    if (width === 0) return;
    this.#series = this.#options.series();
    this.#chart = new uPlot(this.#settings(width, this.#series), [[]] as unknown as uPlot.AlignedData, this.element);
    this.#follow();
  }

  /** Moves the cursor over the points that are drawn, as the mouse would. */
  step(by: number): void {
    const chart = this.#chart;
    if (chart === undefined || this.#rows.length === 0) return;
    const isThere = (chart.cursor.left ?? -1) >= 0 && typeof chart.cursor.idx === "number";
    const from = isThere ? (chart.cursor.idx ?? 0) : by > 0 ? -1 : this.#rows.length;
    const row = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, from + by))] ?? 0;
    const left = chart.valToPos((this.#options.atMs[row] ?? 0) / 1000, "x");
    chart.setCursor({ left, top: chart.bbox.height / devicePixelRatio / 2 });
  }

  #follow(): void {
    const chart = this.#chart;
    if (chart === undefined) return;
    const { atMs, lead = this.#series[0]?.values ?? atMs } = this.#options;
    const most = Math.max(100, Math.floor(chart.width / PIXELS_PER_POINT));
    const shown = instantsInView(this.#view, atMs, lead, most);
    this.#rows = shown.rows;
    const seconds = Float64Array.from(shown.rows, (row) => (atMs[row] ?? 0) / 1000);
    const columns = this.#series.map(({ values, isLowest = false }) =>
      isLowest ? lowestOf(shown, values.subarray(0, shown.end)) : Float64Array.from(shown.rows, (row) => values[row] ?? 0),
    );
    chart.setData([seconds, ...columns] as unknown as uPlot.AlignedData, false);
    chart.setScale("x", { min: this.#view.fromMs / 1000, max: this.#view.toMs / 1000 });
  }

  #resize(): void {
    const width = this.element.clientWidth;
    if (width === 0 || width === this.#chart?.width) return;
    if (this.#chart === undefined) this.redraw();
    else {
      this.#chart.setSize({ width, height: this.#options.heightPixels });
      this.#follow();
    }
  }

  #settings(width: number, series: readonly ChartSeries[]): uPlot.Options {
    const {
      heightPixels,
      isStacked,
      formatValue = axisBytes,
      hasTimeAxis = true,
      highest = (value) => value * 1.06,
      draw,
      hover,
    } = this.#options;
    const line = { stroke: colour("line"), width: 1 };
    const axis = { stroke: colour("muted"), font: FONT, ticks: { show: false }, grid: line };
    const isBytes = formatValue === axisBytes;
    return {
      ...{ width, height: heightPixels, padding: [10, 24, hasTimeAxis ? 0 : 4, 0], legend: { show: false } },
      cursor: {
        drag: { x: true, y: false, setScale: false },
        sync: { key: SYNC, setSeries: false },
        points: { show: false },
        focus: { prox: -1 },
        bind: { dblclick: () => () => this.#showAll() },
      },
      scales: {
        x: { time: false, auto: false, range: (_chart, min, max) => [min, max] },
        y: { range: (_chart, _min, max) => [0, Math.max(1e-9, highest(max ?? 0))] },
      },
      axes: [
        {
          ...axis,
          show: hasTimeAxis,
          incrs: TIME_STEPS,
          size: 28,
          space: 70,
          values: (_chart, values) => values.map((value) => clock(value)),
        },
        {
          ...axis,
          size: AXIS_PIXELS,
          ...(isBytes ? { incrs: BYTE_STEPS } : {}),
          space: heightPixels < 100 ? 22 : 40,
          values: (_chart, values) => values.map(formatValue),
        },
      ],
      series: [
        {},
        ...series.map(
          ({ label, fill, stroke, width: pixels, dash }): uPlot.Series => ({
            label,
            points: { show: false },
            ...(fill === undefined ? {} : { fill }),
            ...(stroke === undefined ? {} : { stroke }),
            width: pixels ?? 0,
            ...(dash === undefined ? {} : { dash }),
          }),
        ),
      ],
      ...(isStacked === true
        ? {
            bands: series.flatMap(({ fill }, index) =>
              fill === undefined || index === 0 ? [] : [{ series: [index + 1, index] as [number, number] }],
            ),
          }
        : {}),
      hooks: {
        ...(draw === undefined ? {} : { draw: [draw] }),
        ...(hover === undefined ? {} : { setCursor: [(chart: uPlot) => hover(this.#rows[chart.cursor.idx ?? -1] ?? null)] }),
        setSelect: [(chart) => this.#showSelected(chart)],
      },
    };
  }

  /** In the way that uPlot wants its listeners: null is "no more to do". */
  #showAll(): null {
    this.#view.showAll();
    return null;
  }

  #showSelected(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 3) return;
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#view.show(chart.posToVal(left, "x") * 1000, chart.posToVal(left + width, "x") * 1000);
  }
}

/**
 * Of the points in view those that a screen can show; and one more on either side, so that lines leave the picture where they should.
 * `end` is where the last one's stretch ends.
 */
function instantsInView(view: View, atMs: Float64Array, lead: Float64Array, most: number): Instants & { readonly end: number } {
  const [first, last] = view.bounds(atMs);
  const inside = pickInstants(atMs.subarray(first, last + 1), lead.subarray(first, last + 1), most);
  const around = (rows: Uint32Array) =>
    Uint32Array.from([...(first > 0 ? [first - 1] : []), ...rows.map((row) => first + row), ...(last + 1 < atMs.length ? [last + 1] : [])]);
  return { rows: around(inside.rows), starts: around(inside.starts), end: last + 2 };
}

/** On an axis, where ticks are even: "0", "2.5 s", "1:30". */
function clock(seconds: number): string {
  if (seconds === 0) return "0";
  return seconds < 60 ? `${Number(seconds.toPrecision(6))} s` : formatMs(seconds * 1000);
}
