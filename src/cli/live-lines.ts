import cliProgress from "cli-progress";

/** Draws one line for the width it is given. */
export type DrawLine = (columns: number) => string;

/** DECAWM: cli-progress switches it off while it draws, and a long warning would lose its end. */
const WRAP_ON = "\u001b[?7h";
const WRAP_OFF = "\u001b[?7l";

/** Lines at the foot of a terminal that are redrawn in place, ten times a second. What is said meanwhile appears above them. */
export class LiveLines {
  readonly #stream: NodeJS.WriteStream;
  readonly #bars: cliProgress.MultiBar;
  #isEmpty = true;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#bars = new cliProgress.MultiBar({ stream, clearOnComplete: true, hideCursor: true, fps: 10 });
  }

  add(draw: DrawLine): void {
    this.#isEmpty = false;
    // cli-progress gives the width it measured to a format function; the last column stays free, so no terminal wraps.
    this.#bars.create(1, 0, {}, { format: (_options, params) => draw(widthOf(params) - 1) });
  }

  say(line: string): void {
    if (this.#isEmpty) this.#stream.write(`${line}\n`);
    else this.#bars.log(`${WRAP_ON}${line}\n${WRAP_OFF}`);
  }

  /** Clears the lines and gives the cursor back. Lines cannot be added afterwards. */
  close(): void {
    if (this.#isEmpty) return;
    this.#isEmpty = true;
    this.#bars.update();
    this.#bars.stop();
  }
}

/** `maxWidth` is passed by cli-progress 3.12 and missing from its types. */
function widthOf(params: cliProgress.Params): number {
  return "maxWidth" in params && typeof params.maxWidth === "number" ? params.maxWidth : 80;
}
