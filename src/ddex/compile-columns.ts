/** A table of CSV as the native writer takes it: the keys of a record that lead to rows and cells, as a tree. CompiledColumns says what the numbers are. */
import type { CompiledColumns } from "../binding/index.ts";
import type { CsvColumn, CsvTable } from "./columns.ts";
import { NO_ROW, Rows, Strings } from "./compiled-rows.ts";

/** Cells of an outer scope stay while those of inner ones come and go. */
const SCOPES = ["release", "track", "row"] as const satisfies readonly CsvColumn["from"][];
const [RELEASE, TRACK, ROW] = [0, 1, 2];
/** What a row is, where a table has several kinds. */
const KIND_HEADER = "as";

type Keys = {
  readonly children: Map<string, Keys>;
  column?: number;
  begins?: number;
  row?: { readonly as: string | undefined };
};

export function compileColumns({ rows, columns }: CsvTable): CompiledColumns {
  const root: Keys = { children: new Map(), begins: RELEASE };
  for (const { list, as } of rows) {
    const row = keysAt(root, list);
    row.row = { as };
    if (row !== root) row.begins = ROW;
  }
  // A track is where rows are inside of it, else it is the row.
  const track = root.children.get("tracks");
  if (track?.row === undefined && track !== undefined) track.begins = TRACK;
  const bases: Readonly<Record<CsvColumn["from"], readonly Keys[]>> = {
    release: [root],
    track: track === undefined ? [] : [track],
    row: rows.map(({ list }) => keysAt(root, list)),
  };
  for (const [number, { from, at }] of columns.entries()) for (const base of bases[from]) keysAt(base, at).column = number;

  const strings = new Strings();
  const [nodes, edges, headers] = [new Rows(6), new Rows(2), new Rows(2)];
  for (const { name, from } of columns) headers.add(strings.add(name), SCOPES.indexOf(from));
  if (rows.some(({ as }) => as !== undefined)) headers.add(strings.add(KIND_HEADER), ROW);
  addNode(root);
  return { ...strings.finish(), nodes: nodes.finish(), edges: edges.finish(), columns: headers.finish() };

  function addNode({ children, column = NO_ROW, begins = NO_ROW, row }: Keys): number {
    const as = row?.as === undefined ? NO_ROW : strings.add(row.as);
    const node = nodes.add(0, 0, column, begins, row === undefined ? 0 : 1, as);
    const below = [...children].map(([key, child]) => [strings.add(`${JSON.stringify(key)}:`), addNode(child)] as const);
    const firstEdge = edges.count;
    for (const edge of below) edges.add(...edge);
    nodes.set(node, firstEdge, below.length);
    return node;
  }
}

/** @param path - keys by "."; "" is the same place */
function keysAt(from: Keys, path: string): Keys {
  let keys = from;
  for (const key of path === "" ? [] : path.split(".")) {
    const child: Keys = keys.children.get(key) ?? { children: new Map() };
    keys.children.set(key, child);
    keys = child;
  }
  return keys;
}
