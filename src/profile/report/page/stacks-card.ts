import flamegraph, { type FlameGraph, type FlameNode } from "d3-flame-graph";
import { select } from "d3-selection";
import type { StackTree } from "../../stack-tree.ts";
import { type CallNode, type CallOptions, callFunctions, callTree, type StackKind } from "../call-tree.ts";
import { card, choice, el } from "./dom.ts";
import { formatBytes, grouped, percent } from "./format.ts";
import { deltaColour, functionTable } from "./function-table.ts";
import { onTheme, STACK_COLOURS } from "./theme.ts";

const CELL_PIXELS = 20;
const FOUND_COLOUR = "#d33fd3";
const ROOT_COLOUR = "#c3c8cf";
const WEIGHTS: Readonly<Record<StackTree["weightOf"], string>> = {
  ...{ live: "alive when most was", allocated: "allocated", peak: "at the peak", leaked: "never freed" },
};
const KIND_LABELS: Readonly<Record<StackKind, string>> = { js: "JavaScript", native: "Native", pool: "Pools" };

export type StacksOptions = {
  readonly stacks: readonly StackTree[];
  /** Of the capture that this one is compared with. */
  readonly before?: readonly StackTree[];
  readonly nameOf: (process: number) => string;
};

/** Who allocated it: one flame graph for JavaScript, native code and pools, and the same as a table. */
export function stacksCard({ stacks, before = [], nameOf }: StacksOptions): HTMLElement | undefined {
  const all = [...stacks, ...before];
  const [first] = all;
  if (first === undefined) return undefined;
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const weights = [...new Set(all.map(({ weightOf }) => weightOf))];
  const isDiff = before.length > 0;
  let shown: CallOptions & { readonly isIcicle: boolean } = {
    ...{ kinds: new Set(kinds), weightOf: first.weightOf, isBottomUp: false, nameOf, isIcicle: true },
  };
  let term = "";
  let graph: FlameGraph<CallNode> | undefined;
  let totalBytes = 0;

  const stage = el("div", {
    class: "flame",
    role: "img",
    "aria-label": "Flame graph of allocations; the table below has the same figures",
  });
  const details = el("p", { class: "readout", "aria-live": "polite" });
  const table = functionTable(isDiff);
  const errorOf = samplingErrors(stacks);
  const say = (text: string) => details.replaceChildren(el("bdi", {}, text));
  const share = (bytes: number) => percent(bytes / Math.max(1, totalBytes));
  const describe = ({ data }: FlameNode<CallNode>) => {
    const error = data.kind === undefined ? 0 : errorOf(data.kind, data.value);
    return [
      `${data.name}: ${formatBytes(data.value)}${error > 0 ? ` ± ${formatBytes(error)}` : ""} (${share(data.value)})`,
      ...(isDiff ? [`before ${formatBytes(data.before)}`] : []),
      ...(data.ownBytes > 0 ? [`own ${formatBytes(data.ownBytes)}`] : []),
      `${grouped(data.count)} allocations seen`,
      ...(data.place === "" ? [] : [data.place]),
    ].join(" · ");
  };
  const colourOf = ({ highlight, data }: FlameNode<CallNode>) => {
    if (highlight) return FOUND_COLOUR;
    if (isDiff) return deltaColour(data.before, data.value);
    return data.kind === undefined ? ROOT_COLOUR : STACK_COLOURS[data.kind];
  };

  const drawTable = () => table.show(callFunctions(stacks, before, shown), term, errorOf);
  const draw = () => {
    const tree = callTree(stacks, before, shown);
    totalBytes = tree.value;
    const change = isDiff ? `, before ${formatBytes(tree.before)}; orange grew, blue shrank` : "";
    say(`${formatBytes(totalBytes)} ${WEIGHTS[shown.weightOf]}${change}. Click a frame to zoom in, "all" to zoom out.`);
    graph?.destroy();
    stage.replaceChildren();
    drawTable();
    if (stage.clientWidth === 0) return;
    graph = flamegraph<CallNode>()
      .width(stage.clientWidth)
      .cellHeight(CELL_PIXELS)
      .minFrameSize(0.5)
      .inverted(shown.isIcicle)
      .transitionDuration(0)
      .sort((a, b) => b.data.value - a.data.value)
      .setColorMapper(colourOf)
      .setLabelHandler(describe)
      .setSearchMatch(({ data }, wanted) => wanted !== "" && `${data.name}\n${data.place}`.toLowerCase().includes(wanted.toLowerCase()))
      .setSearchHandler((nodes, sum) => say(`${nodes.length} frames match, ${formatBytes(sum)} (${share(sum)})`))
      .onHover((node) => say(describe(node)));
    select(stage).datum(tree).call(graph);
    settle(stage);
    if (term !== "") graph.search(term);
  };
  const change = (changes: Partial<typeof shown>) => {
    shown = { ...shown, ...changes };
    draw();
  };
  const search = (wanted: string) => {
    term = box.value = wanted;
    if (wanted === "") graph?.clear();
    else graph?.search(wanted);
    drawTable();
  };
  const box = el("input", {
    ...{ type: "search", placeholder: "Search functions and files", "aria-label": "Search functions and files" },
    input: () => search(box.value),
  });
  table.onPick(search);

  const kindChoices: (readonly [StackKind | "all", string])[] = [
    ["all", "All"],
    ...kinds.map((kind) => [kind, KIND_LABELS[kind]] as const),
  ];
  const weightChoices = weights.map((weight) => [weight, WEIGHTS[weight]] as const);
  const tools = [
    kinds.length > 1 && choice("Kind", kindChoices, "all", (kind) => change({ kinds: new Set(kind === "all" ? kinds : [kind]) })),
    weights.length > 1 && choice("Weight", weightChoices, shown.weightOf, (weightOf) => change({ weightOf })),
    choice("Direction", ORDERS, "down", (order) => change({ isBottomUp: order === "up" })),
    choice("Shape", SHAPES, "icicle", (shape) => change({ isIcicle: shape === "icicle" })),
    box,
  ].filter((tool) => tool !== false);
  onWidth(stage, draw);
  onTheme(draw);
  return card("stacks", isDiff ? "Who allocates differently" : "Who allocated it", tools, details, stage, table.element);
}

const ORDERS = [
  ["down", "Callers first"],
  ["up", "Allocators first"],
] as const;

const SHAPES = [
  ["icicle", "Icicle"],
  ["flame", "Flame"],
] as const;

/** The library gives frames their width and name a moment later, which is too late for paper: both stand in attributes of the frame. */
function settle(stage: HTMLElement): void {
  for (const frame of stage.querySelectorAll("g.frame")) {
    frame.querySelector("rect")?.setAttribute("width", frame.getAttribute("width") ?? "0");
    frame.querySelector("div")?.replaceChildren(frame.getAttribute("name") ?? "");
  }
}

/** Calls back when the element has a width, and when it gets another. */
function onWidth(element: HTMLElement, listener: () => void): void {
  let width = 0;
  new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    listener();
  }).observe(element);
}

/** One standard deviation of a sampled figure: the root of the figure times the mean distance of samples. */
function samplingErrors(stacks: readonly StackTree[]): (kind: StackKind, bytes: number) => number {
  const distances = new Map<StackKind, number>();
  for (const { kind, samplingBytes = 0 } of stacks) distances.set(kind, Math.max(distances.get(kind) ?? 0, samplingBytes));
  return (kind, bytes) => Math.sqrt(bytes * (distances.get(kind) ?? 0));
}
