/** What each element leads to: paths of a shape and of all shapes that are open around it, walked at once. */
import type { CompiledTable } from "../binding/index.ts";
import { NO_ROW, Rows, type Strings } from "./compiled-rows.ts";
import { type PathTree, type Place, pathsOf, type ShapePaths } from "./path-tree.ts";
import type { Family, Shape } from "./shape.ts";

const LIST = 1;
const OPENS = 2;
const CODE = 4;
const NAME = 8;
/** Of an attribute: it stands in the place of its element's codes. */
const IN_TEXTS_PLACE = 16;
const USER_DEFINED = "UserDefinedValue";
const MOST_OPEN = 64;

/** A place in a shape's tree, and how many open objects are inside the one it belongs to. */
type Active = { readonly up: number; readonly tree: PathTree };

export class NodeCompiler {
  readonly #family: Family;
  readonly #strings: Strings;
  readonly #paths = new Map<Shape, ShapePaths>();
  readonly #numbers = new Map<Shape, number>();
  readonly #shapes: Shape[] = [];
  readonly #known = new Map<string, number>();
  readonly #nodes = new Rows(6);
  readonly #actions = new Rows(4);
  readonly #edges = new Rows(2);
  readonly #attributes = new Rows(4);
  #trees = 0;

  constructor(family: Family, strings: Strings) {
    this.#family = family;
    this.#strings = strings;
  }

  /** In the order of their numbers; grows as shapes are met. */
  get shapes(): readonly Shape[] {
    return this.#shapes;
  }

  numberOf(shape: Shape): number {
    const known = this.#numbers.get(shape);
    if (known !== undefined) return known;
    this.#numbers.set(shape, this.#shapes.length);
    return this.#shapes.push(shape) - 1;
  }

  slotsOf(shape: Shape): ReadonlyMap<string, number> {
    return this.#pathsOf(shape).slots;
  }

  /** The node of a composite: its object is open. */
  root(element: string, shape: Shape): number {
    return this.#node(element, [{ up: 0, tree: this.#pathsOf(shape).tree }]);
  }

  finish(): Pick<CompiledTable, "nodes" | "actions" | "edges" | "attributes"> {
    return {
      nodes: this.#nodes.finish(),
      actions: this.#actions.finish(),
      edges: this.#edges.finish(),
      attributes: this.#attributes.finish(),
    };
  }

  #pathsOf(shape: Shape): ShapePaths {
    const paths = this.#paths.get(shape) ?? pathsOf(shape, this.#family, () => this.#trees++);
    this.#paths.set(shape, paths);
    return paths;
  }

  /** @param entered - `up` as it is before anything is opened */
  #node(element: string, entered: readonly Active[]): number {
    const key = `${element} ${entered.map(({ up, tree }) => `${up}:${tree.id}`).join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const node = this.#nodes.add(0, 0, 0, 0, 0, 0);
    this.#known.set(key, node);
    const firstAction = this.#actions.count;
    const active = this.#open(entered);
    for (const { up, tree } of active) for (const place of tree.texts) this.#act(0, up, place, NO_ROW);
    for (const { up, tree } of active) for (const place of tree.codes) this.#act(CODE, up, place, NO_ROW);
    for (const { up, tree } of active) for (const place of tree.names) this.#act(NAME, up, place, this.#strings.add(element));
    const actions = this.#actions.count - firstAction;
    const firstAttribute = this.#attributes.count;
    this.#addAttributes(active);
    const attributes = this.#attributes.count - firstAttribute;
    // Edges are added when the nodes they lead to are there: those add edges of their own.
    const edges = this.#edgesOf(active);
    const firstEdge = this.#edges.count;
    for (const edge of edges) this.#edges.add(...edge);
    this.#nodes.set(node, firstAction, actions, firstEdge, edges.length, firstAttribute, attributes);
    return node;
  }

  /** Opens what opens here, also what opens inside of it, and says what is active then. */
  #open(entered: readonly Active[]): Active[] {
    // Objects by how many are open, the outermost 0 or below: what is opened later leaves them as they are.
    const active = entered.map(({ up, tree }) => ({ level: -up, tree }));
    let innermost = 0;
    for (const { level, tree } of active) {
      for (const { shape, ...place } of tree.opens) {
        this.#act(OPENS, innermost - level, place, this.numberOf(shape));
        if (++innermost > MOST_OPEN) throw new RangeError(`${shape.name} holds itself at its own element`);
        active.push({ level: innermost, tree: this.#pathsOf(shape).tree });
      }
    }
    return active.map(({ level, tree }) => ({ up: innermost - level, tree }));
  }

  #act(flags: number, up: number, { slot, isList }: Place, argument: number): void {
    this.#actions.add(flags | (isList ? LIST : 0), up, slot, argument);
  }

  #addAttributes(active: readonly Active[]): void {
    const rows: [name: number, flags: number, up: number, slot: number][] = [];
    for (const { up, tree } of active) {
      for (const [name, places] of tree.attributes) {
        for (const { slot, isList } of places) rows.push([this.#strings.add(name), isList ? LIST : 0, up, slot]);
      }
    }
    if (active.some(({ tree }) => tree.codes.length > 0)) rows.push([this.#strings.add(USER_DEFINED), IN_TEXTS_PLACE, 0, NO_ROW]);
    rows.sort(([a], [b]) => a - b);
    for (const row of rows) this.#attributes.add(...row);
  }

  #edgesOf(active: readonly Active[]): [name: number, node: number][] {
    const names = new Set(active.flatMap(({ tree }) => [...tree.children.keys()]));
    return [...names].map((name) => {
      const below = active.flatMap(({ up, tree }) => {
        const child = tree.children.get(name);
        return child === undefined ? [] : [{ up, tree: child }];
      });
      return [this.#strings.add(name), this.#node(name, below)];
    });
  }
}
