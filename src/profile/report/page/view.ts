/** The stretch of time that is shown; everything on the page follows it. */
export class View {
  readonly endMs: number;
  fromMs = 0;
  toMs: number;
  readonly #listeners: (() => void)[] = [];

  constructor(endMs: number) {
    this.endMs = Math.max(1, endMs);
    this.toMs = this.endMs;
  }

  get isWhole(): boolean {
    return this.fromMs <= 0 && this.toMs >= this.endMs;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  show(fromMs: number, toMs: number): void {
    const from = Math.max(0, Math.min(fromMs, this.endMs));
    const to = Math.min(this.endMs, Math.max(toMs, 0));
    if (to - from < 1 || (from === this.fromMs && to === this.toMs)) return;
    this.fromMs = from;
    this.toMs = to;
    for (const listener of this.#listeners) listener();
  }

  showAll(): void {
    this.show(0, this.endMs);
  }

  /** Around the middle; a factor below 1 shows less time. */
  zoom(factor: number): void {
    const middleMs = (this.fromMs + this.toMs) / 2;
    const halfMs = ((this.toMs - this.fromMs) / 2) * factor;
    this.show(middleMs - halfMs, middleMs + halfMs);
  }

  pan(share: number): void {
    const widthMs = this.toMs - this.fromMs;
    const fromMs = Math.max(0, Math.min(this.endMs - widthMs, this.fromMs + share * widthMs));
    this.show(fromMs, fromMs + widthMs);
  }

  /** Indexes of the points inside, both included; undefined where there is none. */
  points(atMs: Float64Array): readonly [first: number, last: number] | undefined {
    const [first, last] = this.bounds(atMs);
    return first <= last ? [first, last] : undefined;
  }

  /** The first point that is not before the stretch, and the last that is not after it: where none is inside, the two around it. */
  bounds(atMs: Float64Array): readonly [first: number, last: number] {
    let first = 0;
    while (first < atMs.length && (atMs[first] ?? 0) < this.fromMs) first += 1;
    let last = atMs.length - 1;
    while (last >= 0 && (atMs[last] ?? 0) > this.toMs) last -= 1;
    return [first, last];
  }
}
