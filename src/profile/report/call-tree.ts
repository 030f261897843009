import type { StackTree } from "../stack-tree.ts";

export type StackKind = StackTree["kind"];

/** A node of the picture, in the shape the flame graph wants. */
export type CallNode = {
  readonly name: string;
  readonly kind: StackKind | undefined;
  readonly place: string;
  value: number;
  ownBytes: number;
  count: number;
  /** Bytes before, where two captures are compared. */
  before: number;
  children: CallNode[];
};

export type CallFunction = {
  readonly name: string;
  readonly kind: StackKind;
  readonly place: string;
  ownBytes: number;
  totalBytes: number;
  count: number;
  beforeBytes: number;
};

export type CallOptions = {
  readonly kinds: ReadonlySet<StackKind>;
  readonly weightOf: StackTree["weightOf"];
  /** From the functions that allocate up to who called them. */
  readonly isBottomUp: boolean;
  readonly nameOf: (process: number) => string;
};

/** Parts of the whole smaller than this cannot be seen, and each costs an element. */
const LEAST_SHARE = 0.001;
const KIND_NAMES: Readonly<Record<StackKind, string>> = { js: "JavaScript", native: "native", pool: "pools" };

type Growing = CallNode & { readonly places: Map<string, Growing> };

function growing(name: string, kind: StackKind | undefined, place: string): Growing {
  return { name, kind, place, value: 0, ownBytes: 0, count: 0, before: 0, children: [], places: new Map() };
}

function below(node: Growing, name: string, kind: StackKind, place: string): Growing {
  const key = `${name}\n${place}`;
  let found = node.places.get(key);
  if (found === undefined) {
    found = growing(name, kind, place);
    node.places.set(key, found);
    node.children.push(found);
  }
  return found;
}

/** All stacks of the kinds asked for as one tree: kind, process where there are several, then frames. `before` are those of another capture. */
export function callTree(stacks: readonly StackTree[], before: readonly StackTree[], options: CallOptions): CallNode {
  const root = growing("all", undefined, "");
  const processes = new Set(stacks.map(({ process }) => process));
  for (const [sets, isBefore] of [
    [before, true],
    [stacks, false],
  ] as const) {
    for (const set of sets) {
      if (!isWanted(set, options)) continue;
      const { kind } = set;
      const ofKind = below(root, KIND_NAMES[kind], kind, "");
      const top = processes.size > 1 && before.length === 0 ? below(ofKind, options.nameOf(set.process), kind, "process") : ofKind;
      for (const [node, own] of set.ownBytes.entries()) {
        if (own <= 0) continue;
        const path = pathOf(set, node);
        if (!options.isBottomUp) path.reverse();
        const nodes = [root, ...(top === ofKind ? [ofKind] : [ofKind, top])];
        for (const frame of path) {
          const { name = "?", file, line } = set.frames[frame] ?? {};
          nodes.push(below(nodes.at(-1) ?? root, name, kind, placeOf(file, line)));
        }
        for (const each of nodes) {
          if (isBefore) each.before += own;
          else {
            each.value += own;
            each.count += set.count[node] ?? 0;
          }
        }
        const leaf = nodes.at(-1);
        if (leaf !== undefined && !isBefore) leaf.ownBytes += own;
      }
    }
  }
  return trimmed(root, Math.max(root.value, root.before) * LEAST_SHARE);
}

/** Functions with what they allocated themselves and with what they called; a function that calls itself counts once. */
export function callFunctions(stacks: readonly StackTree[], before: readonly StackTree[], options: CallOptions): CallFunction[] {
  const found = new Map<string, CallFunction>();
  for (const [sets, isBefore] of [
    [before, true],
    [stacks, false],
  ] as const) {
    for (const set of sets) {
      if (!isWanted(set, options)) continue;
      for (const [node, own] of set.ownBytes.entries()) {
        if (own <= 0) continue;
        const seen = new Set<string>();
        for (const [index, frame] of pathOf(set, node).entries()) {
          const { name = "?", file, line } = set.frames[frame] ?? {};
          const key = `${set.kind}\n${name}\n${placeOf(file, line)}`;
          let entry = found.get(key);
          if (entry === undefined) {
            entry = { name, kind: set.kind, place: placeOf(file, line), ownBytes: 0, totalBytes: 0, count: 0, beforeBytes: 0 };
            found.set(key, entry);
          }
          if (index === 0 && !isBefore) {
            entry.ownBytes += own;
            entry.count += set.count[node] ?? 0;
          }
          if (seen.has(key)) continue;
          seen.add(key);
          if (isBefore) entry.beforeBytes += own;
          else entry.totalBytes += own;
        }
      }
    }
  }
  return [...found.values()];
}

function isWanted({ kind, weightOf }: StackTree, options: CallOptions): boolean {
  return options.kinds.has(kind) && weightOf === options.weightOf;
}

/** Frames from the node up to the root. */
function pathOf({ parent, frame }: StackTree, node: number): number[] {
  const path: number[] = [];
  for (let at = node; at > 0; at = parent[at] ?? 0) path.push(frame[at] ?? 0);
  return path;
}

function placeOf(file: string | undefined, line: number | undefined): string {
  if (file === undefined) return "";
  return line === undefined ? file : `${file}:${line}`;
}

function trimmed(node: Growing, least: number): CallNode {
  const { places: _, children, ...rest } = node;
  return {
    ...rest,
    children: children.filter((child) => Math.max(child.value, child.before) >= least).map((child) => trimmed(child as Growing, least)),
  };
}
