/** Compiled tables, told in words again. */
import type { CompiledColumns, CompiledTable } from "../../src/binding/index.ts";
import { NO_ROW } from "../../src/ddex/compiled-rows.ts";

export function rowsOf(numbers: Uint32Array, width: number): number[][] {
  return Array.from({ length: numbers.length / width }, (_, row) => [...numbers.subarray(row * width, (row + 1) * width)]);
}

export function stringsOf({ text, strings }: CompiledTable | CompiledColumns): string[] {
  return rowsOf(strings, 2).map(([offset = 0, length = 0]) => Buffer.from(text.subarray(offset, offset + length)).toString());
}

type Node = {
  readonly actions: readonly string[];
  readonly attributes: readonly string[];
  readonly edges: ReadonlyMap<string, number>;
};

/** An action is "open 1^2 shape 3": into slot 1 of the second object outside of the innermost one. */
function nodeOf(table: CompiledTable, number: number): Node {
  const strings = stringsOf(table);
  const [firstAction = 0, actions = 0, firstEdge = 0, edges = 0, firstAttribute = 0, attributes = 0] = rowsOf(table.nodes, 6)[number] ?? [];
  const rows = (of: Uint32Array, width: number, first: number, count: number) => rowsOf(of, width).slice(first, first + count);
  return {
    actions: rows(table.actions, 4, firstAction, actions).map(([flags = 0, up, slot, argument = 0]) => {
      const does = flags & 2 ? "open" : flags & 8 ? "name" : flags & 4 ? "code" : "text";
      const what = flags & 2 ? ` shape ${argument}` : flags & 8 ? ` ${strings[argument]}` : "";
      return `${does}${flags & 1 ? "s" : ""} ${slot}^${up}${what}`;
    }),
    attributes: rows(table.attributes, 4, firstAttribute, attributes).map(
      ([name = 0, flags = 0, up, slot]) => `${strings[name]}${flags & 16 ? " in place" : `${flags & 1 ? "s" : ""} ${slot}^${up}`}`,
    ),
    edges: new Map(rows(table.edges, 2, firstEdge, edges).map(([name = 0, node = 0]) => [strings[name] ?? "", node])),
  };
}

/** The node of a path below an element. */
export function nodeAt(table: CompiledTable, element: string, path: string): Node {
  const strings = stringsOf(table);
  const root = rowsOf(table.roots, 3).find(([name = 0]) => strings[name] === element);
  let node = nodeOf(table, root?.[1] ?? NO_ROW);
  for (const name of path === "" ? [] : path.split("/")) node = nodeOf(table, node.edges.get(name) ?? NO_ROW);
  return node;
}

/** "key kind slot shape argument choices flags" of each field, without what is none. */
export function fieldsOfShape(table: CompiledTable, shape: number): string[] {
  const strings = stringsOf(table);
  const [first = 0, count = 0] = rowsOf(table.shapes, 4)[shape] ?? [];
  return rowsOf(table.fields, 7)
    .slice(first, first + count)
    .map(([key = 0, ...numbers]) => [strings[key], ...numbers.map((number) => (number === NO_ROW ? "-" : number))].join(" "));
}
