import type { Layer, LayerKind } from "../../model.ts";
import { KIND_COLOURS, PALETTE, REST_COLOUR } from "./theme.ts";

/** A layer with its colour, and the height of its upper edge at each point. */
export type DrawnLayer = Layer & { readonly colour: string; readonly topBytes: Float64Array };

/** What never reached this share of the highest layer is no taller than a line. */
const LEAST_SHARE = 0.005;

/** Puts layers on top of each other: as many as there are colours, and the rest as one. */
export function stackLayers(layers: readonly Layer[], kind: LayerKind, only: string | undefined): DrawnLayer[] {
  const coloured = kind === "kind" ? layers.map((layer) => ({ ...layer, colour: KIND_COLOURS[layer.key] ?? REST_COLOUR })) : folded(layers);
  const shown = only === undefined ? coloured : coloured.filter(({ key }) => key === only);
  let below: Float64Array | undefined;
  return shown.map((layer) => {
    const topBytes = layer.bytes.map((bytes, point) => bytes + (below?.[point] ?? 0));
    below = topBytes;
    return { ...layer, topBytes };
  });
}

/** The colour of each process that has one, by process. */
export function processColours(layers: readonly Layer[]): ReadonlyMap<number, string> {
  return new Map(folded(layers).map(({ process, colour }) => [process, colour]));
}

function folded(layers: readonly Layer[]): (Layer & { readonly colour: string })[] {
  const highest = layers.map(({ bytes }) => Math.max(0, ...bytes));
  const least = Math.max(0, ...highest) * LEAST_SHARE;
  const named = layers
    .filter(({ key }, index) => key !== "rest" && key !== "others" && (highest[index] ?? 0) >= least)
    .slice(0, PALETTE.length);
  const left = layers.filter((layer) => !named.includes(layer));
  // The heaviest get colours; they lie in the order in which they came, so that what was there first carries the others.
  const coloured = named.map((layer, index) => ({ ...layer, colour: PALETTE[index] ?? REST_COLOUR })).sort((a, b) => a.process - b.process);
  const [first, ...more] = left;
  if (first === undefined) return coloured;
  const bytes = first.bytes.map((value, point) => more.reduce((sum, layer) => sum + (layer.bytes[point] ?? 0), value));
  const label = more.length === 0 ? first.label : `${left.length} more`;
  return [...coloured, { ...first, label, process: -1, colour: REST_COLOUR, bytes }];
}
