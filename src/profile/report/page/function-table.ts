import type { CallFunction, StackKind } from "../call-tree.ts";
import { el, name, swatch } from "./dom.ts";
import { bytes, formatBytes, grouped } from "./format.ts";
import { STACK_COLOURS } from "./theme.ts";

const FIRST_ROWS = 25;

type Column = { readonly label: string; readonly amount: (entry: CallFunction) => number };
type ErrorOf = (kind: StackKind, bytes: number) => number;

export type FunctionTable = {
  readonly element: HTMLElement;
  show(functions: readonly CallFunction[], term: string, errorOf: ErrorOf): void;
  onPick(pick: (name: string) => void): void;
};

/** Functions in a table that sorts; what is picked is searched for. */
export function functionTable(isDiff: boolean): FunctionTable {
  const columns: Column[] = [
    { label: "Own", amount: ({ ownBytes }) => ownBytes },
    { label: "Total", amount: ({ totalBytes }) => totalBytes },
    ...(isDiff ? [{ label: "Change", amount: ({ totalBytes, beforeBytes }: CallFunction) => totalBytes - beforeBytes }] : []),
    { label: "Count", amount: ({ count }) => count },
  ];
  let sorted = columns[isDiff ? 2 : 0];
  let shown: readonly CallFunction[] = [];
  let rowCount = FIRST_ROWS;
  let errorOf: ErrorOf = () => 0;
  let pick: (name: string) => void = () => undefined;
  const body = el("tbody");
  const showAll = () => {
    rowCount = shown.length;
    draw();
  };
  const more = el("button", { type: "button", class: "link", click: showAll });
  const heads = columns.map((column) => {
    const sort = () => {
      sorted = column;
      draw();
    };
    return el("th", { scope: "col" }, el("button", { type: "button", click: sort }, column.label));
  });
  const draw = () => {
    const rank = (entry: CallFunction) => Math.abs(sorted?.amount(entry) ?? 0);
    for (const [index, head] of heads.entries()) head.setAttribute("aria-sort", columns[index] === sorted ? "descending" : "none");
    body.replaceChildren(
      ...[...shown]
        .sort((a, b) => rank(b) - rank(a) || b.totalBytes - a.totalBytes)
        .slice(0, rowCount)
        .map(row),
    );
    more.hidden = shown.length <= rowCount;
    more.textContent = `show all ${shown.length}`;
  };
  const row = (entry: CallFunction) => {
    const { kind, place, ownBytes, totalBytes, beforeBytes, count } = entry;
    const title = el("button", { type: "button", class: "link", title: "Search for it", click: () => pick(entry.name) }, name(entry.name));
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, swatch(STACK_COLOURS[kind]), title, el("span", { class: "muted place" }, name(place))),
      el("td", {}, bytes(ownBytes, ownBytes > 0 ? errorOf(kind, ownBytes) : 0)),
      el("td", {}, bytes(totalBytes, errorOf(kind, totalBytes))),
      isDiff && el("td", {}, `${totalBytes > beforeBytes ? "+" : ""}${formatBytes(totalBytes - beforeBytes)}`),
      el("td", {}, grouped(count)),
    );
  };
  const table = el("table", { class: "functions" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Function"), ...heads)), body);
  return {
    element: el("div", {}, el("div", { class: "scroll" }, table), el("p", { class: "hint" }, more)),
    show: (functions, term, errors) => {
      const wanted = term.toLowerCase();
      shown = functions.filter(({ name: text, place }) => `${text}\n${place}`.toLowerCase().includes(wanted));
      errorOf = errors;
      draw();
    },
    onPick: (listener) => {
      pick = listener;
    },
  };
}

/** Orange for more, blue for less, the stronger the larger the share that changed. */
export function deltaColour(before: number, after: number): string {
  const share = Math.max(-1, Math.min(1, (after - before) / Math.max(1, before, after)));
  const [target, base] = [share > 0 ? [230, 119, 0] : [0, 114, 178], [214, 217, 222]];
  return `rgb(${base.map((value, index) => Math.round(value + ((target[index] ?? 0) - value) * Math.abs(share))).join(",")})`;
}
