import type uPlot from "uplot";
import type { ReportPayload } from "../payload.ts";
import { formatBytes } from "./format.ts";
import { colour, withAlpha } from "./theme.ts";
import type { View } from "./view.ts";

/** Two measurements further apart than this, and than four times what is usual, leave a stretch that is estimated. */
const LONG_GAP_MS = 1000;
const LEAST_PIXELS = 8;
/** More starts and ends in view are a bar, and say nothing. */
const MOST_LIFETIMES = 150;

/** What stands on the picture beside the layers: limits, the peak, phases and marks, starts and ends, stretches that were not measured. */
export function drawTimelineMarks(chart: uPlot, payload: ReportPayload, view: View): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - 12 * devicePixelRatio, bbox.width, bbox.height + 12 * devicePixelRatio);
  ctx.clip();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "alphabetic";
  drawEstimated(chart, payload.timeline);
  drawLimits(chart, payload);
  drawLifetimes(chart, payload, view);
  drawMarks(chart, payload);
  drawPeak(chart, payload, view);
  ctx.restore();
}

function xOf(chart: uPlot, atMs: number): number {
  return chart.valToPos(atMs / 1000, "x", true);
}

function drawEstimated(chart: uPlot, { atMs, isMeasured }: ReportPayload["timeline"]): void {
  const measured = [...atMs].filter((_, point) => isMeasured[point] === 1);
  const gaps = measured.slice(1).map((at, index) => at - (measured[index] ?? 0));
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  const least = Math.max(LONG_GAP_MS, 4 * usual);
  const { ctx, bbox } = chart;
  ctx.strokeStyle = withAlpha(hexOf(colour("muted")), 0.35);
  ctx.lineWidth = devicePixelRatio;
  const ends = [...measured, atMs[atMs.length - 1] ?? 0];
  let from = atMs[0] ?? 0;
  for (const to of ends) {
    if (to - from > least && xOf(chart, to) - xOf(chart, from) > LEAST_PIXELS * devicePixelRatio)
      hatch(ctx, xOf(chart, from), xOf(chart, to), bbox.top, bbox.top + bbox.height);
    from = to;
  }
}

function hatch(ctx: CanvasRenderingContext2D, left: number, right: number, top: number, bottom: number): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.beginPath();
  const height = bottom - top;
  for (let x = left - height; x < right; x += 8 * devicePixelRatio) {
    ctx.moveTo(x, bottom);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

function drawLimits(chart: uPlot, { run, gates, peaks }: ReportPayload): void {
  const lines = [
    { bytes: run.limitBytes, label: "limit", isBad: false },
    ...gates.map(({ lineBytes = 0, gate, passed }) => ({ bytes: lineBytes, label: gate, isBad: !passed })),
  ];
  const { ctx, bbox } = chart;
  for (const { bytes, label, isBad } of lines) {
    if (bytes <= 0 || bytes > (chart.scales.y?.max ?? 0)) continue;
    // On whole dots, else the line is a blur of two.
    const y = Math.round(chart.valToPos(bytes, "y", true)) + 0.5;
    ctx.strokeStyle = ctx.fillStyle = isBad ? colour("bad") : colour("ink");
    ctx.lineWidth = Math.max(1, Math.round(devicePixelRatio));
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    // On the side where the peak is not.
    const isLeft = xOf(chart, peaks.tree.atMs) > bbox.left + bbox.width / 2;
    ctx.textAlign = isLeft ? "left" : "right";
    ctx.fillText(
      `${label} ${formatBytes(bytes)}`,
      isLeft ? bbox.left + 4 * devicePixelRatio : bbox.left + bbox.width - 4 * devicePixelRatio,
      y + (y < bbox.top + 24 * devicePixelRatio ? 12 : -4) * devicePixelRatio,
    );
  }
}

/** Small ticks on the time axis: a start points up, an end down. */
function drawLifetimes(chart: uPlot, { processes }: ReportPayload, view: View): void {
  const { ctx, bbox } = chart;
  const bottom = bbox.top + bbox.height;
  const size = 4 * devicePixelRatio;
  ctx.fillStyle = colour("ink");
  const triangle = (atMs: number, up: boolean) => {
    const x = xOf(chart, atMs);
    ctx.beginPath();
    ctx.moveTo(x - size / 1.6, up ? bottom : bottom - size);
    ctx.lineTo(x + size / 1.6, up ? bottom : bottom - size);
    ctx.lineTo(x, up ? bottom - size : bottom);
    ctx.fill();
  };
  const inView = ({ startMs, endMs }: ReportPayload["processes"][number]) =>
    [startMs, endMs].some((atMs) => atMs >= view.fromMs && atMs <= view.toMs && atMs > 0);
  const shown = processes.filter(inView);
  if (shown.length > MOST_LIFETIMES) return;
  for (const { startMs, endMs, exited } of shown) {
    if (startMs > 0) triangle(startMs, true);
    if (exited) triangle(endMs, false);
  }
}

function drawMarks(chart: uPlot, { marks }: ReportPayload): void {
  const { ctx, bbox } = chart;
  ctx.strokeStyle = ctx.fillStyle = colour("muted");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.textAlign = "left";
  let free = bbox.left;
  for (const { atMs, kind, name } of marks) {
    if (kind === "exec") continue;
    const x = Math.round(xOf(chart, atMs));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const text = name.length > 24 ? `${name.slice(0, 23)}…` : name;
    if (x < free) continue;
    ctx.fillText(text, x + 4 * devicePixelRatio, bbox.top + 9 * devicePixelRatio);
    free = x + ctx.measureText(text).width + 12 * devicePixelRatio;
  }
  ctx.setLineDash([]);
}

function drawPeak(chart: uPlot, { peaks: { tree } }: ReportPayload, view: View): void {
  if (tree.bytes <= 0 || tree.atMs < view.fromMs || tree.atMs > view.toMs || tree.bytes > (chart.scales.y?.max ?? 0)) return;
  const { ctx, bbox } = chart;
  const [x, y] = [xOf(chart, tree.atMs), chart.valToPos(tree.bytes, "y", true)];
  const isRight = x > bbox.left + bbox.width * 0.75;
  ctx.fillStyle = colour("ink");
  ctx.beginPath();
  ctx.arc(x, y, 3.5 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.font = `600 ${ctx.font}`;
  ctx.textAlign = isRight ? "right" : "left";
  ctx.strokeStyle = colour("card");
  ctx.lineWidth = 3 * devicePixelRatio;
  const place = [x + (isRight ? -8 : 8) * devicePixelRatio, y - 5 * devicePixelRatio] as const;
  ctx.strokeText(`peak ${formatBytes(tree.bytes)}`, ...place);
  ctx.fillText(`peak ${formatBytes(tree.bytes)}`, ...place);
}

function hexOf(value: string): string {
  return value.length === 7 ? value : "#808080";
}
