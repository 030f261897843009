/** What stands at the foot of the terminal while a command is profiled with --live; a line a second where nothing can be redrawn. */
import type { ChalkInstance } from "chalk";
import type { LiveTree } from "../commands/index.ts";
import type { LiveLines } from "./live-lines.ts";
import type { Output } from "./output.ts";
import { writeLines } from "./output.ts";
import { liveTreeLines, plainTreeLine } from "./render/live-tree.ts";
import { Throttle } from "./throttle.ts";

const PLAIN_INTERVAL_MS = 1000;

export class LiveTreeFoot {
  readonly #live: LiveLines | undefined;
  readonly #err: Output;
  readonly #palette: ChalkInstance;
  readonly #plain = new Throttle(PLAIN_INTERVAL_MS);
  #tree: LiveTree | undefined;
  /** Lines that are there: they can only become more, and those without use are empty. */
  #lines = 0;

  constructor(live: LiveLines | undefined, err: Output, palette: ChalkInstance) {
    this.#live = live;
    this.#err = err;
    this.#palette = palette;
  }

  show(tree: LiveTree): void {
    this.#tree = tree;
    if (this.#live === undefined) {
      if (this.#plain.isDue()) writeLines(this.#err, [plainTreeLine(tree)]);
      return;
    }
    const needed = liveTreeLines(tree, 80, this.#palette).length;
    for (; this.#lines < needed; this.#lines += 1) this.#add(this.#live, this.#lines);
  }

  #add(live: LiveLines, index: number): void {
    live.add((columns) => (this.#tree === undefined ? "" : (liveTreeLines(this.#tree, columns, this.#palette)[index] ?? "")));
  }
}
