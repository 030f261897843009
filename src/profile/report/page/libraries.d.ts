/** What the page uses of a library that brings no types: https://github.com/spiermar/d3-flame-graph#api-reference. */
declare module "d3-flame-graph" {
  export type FlameNode<Data> = { readonly data: Data; readonly x0: number; readonly x1: number; highlight: boolean };

  export interface FlameGraph<Data> {
    (selection: unknown): void;
    width(pixels: number): this;
    cellHeight(pixels: number): this;
    minFrameSize(pixels: number): this;
    inverted(isRootOnTop: boolean): this;
    transitionDuration(ms: number): this;
    sort(compare: (a: FlameNode<Data>, b: FlameNode<Data>) => number): this;
    setColorMapper(colour: (node: FlameNode<Data>, original: string) => string): this;
    setLabelHandler(label: (node: FlameNode<Data>) => string): this;
    setSearchMatch(isMatch: (node: FlameNode<Data>, term: string) => boolean): this;
    setSearchHandler(found: (nodes: readonly FlameNode<Data>[], sum: number, total: number) => void): this;
    onHover(hovered: (node: FlameNode<Data>) => void): this;
    search(term: string): void;
    clear(): void;
    resetZoom(): void;
    destroy(): void;
  }

  export default function flamegraph<Data>(): FlameGraph<Data>;
}

declare module "d3-selection" {
  export function select(node: Element): { datum(data: unknown): { call(chart: (selection: unknown) => void): unknown } };
}

declare module "*.css";
