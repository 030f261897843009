import type { ReportPayload } from "../payload.ts";
import { el, name } from "./dom.ts";
import { bytes, formatMs } from "./format.ts";
import type { View } from "./view.ts";

const ROWS = 40;
const COLUMNS = 6;

/** The picture as figures: the highest point of each of forty stretches. Made when it is opened. */
export function timelineTable({ timeline }: ReportPayload, view: View): HTMLElement {
  const layers = timeline.layers.process.slice(0, COLUMNS);
  const body = el("tbody");
  const fill = () => {
    const [first, last] = view.points(timeline.atMs) ?? [0, -1];
    const step = Math.max(1, Math.ceil((last - first + 1) / ROWS));
    const rows: HTMLElement[] = [];
    for (let from = first; from <= last; from += step) {
      let highest = from;
      for (let point = from; point <= Math.min(last, from + step - 1); point += 1) {
        if ((timeline.usedBytes[point] ?? 0) > (timeline.usedBytes[highest] ?? 0)) highest = point;
      }
      const cells = [timeline.usedBytes, ...layers.map((layer) => layer.bytes)].map((column) => el("td", {}, bytes(column[highest] ?? 0)));
      rows.push(el("tr", {}, el("th", { scope: "row" }, formatMs(timeline.atMs[highest] ?? 0)), ...cells));
    }
    body.replaceChildren(...rows);
  };
  const head = ["Time", "Used"].map((text) => el("th", { scope: "col" }, text));
  const table = el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...head, ...layers.map(({ label }) => el("th", { scope: "col" }, name(label))))),
    body,
  );
  const details = el("details", {}, el("summary", {}, "The same as a table"), el("div", { class: "scroll" }, table));
  details.addEventListener("toggle", () => details.open && fill());
  view.onChange(() => details.open && fill());
  return details;
}
