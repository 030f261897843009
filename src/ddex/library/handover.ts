import type { DDEXRecord } from "./records.ts";

/** Chunks from who makes them to who takes them, one at a time. */
export class Handover implements AsyncIterable<readonly DDEXRecord[]> {
  #given: readonly DDEXRecord[] | undefined;
  #isEnded = false;
  #isRefused = false;
  #wake: (() => void)[] = [];

  async give(records: readonly DDEXRecord[]): Promise<void> {
    while (this.#given !== undefined && !this.#isRefused) await this.#changed();
    if (this.#isRefused) throw new Error("nobody takes the records any more");
    this.#given = records;
    this.#change();
  }

  end(): void {
    this.#isEnded = true;
    this.#change();
  }

  refuse(): void {
    this.#isRefused = true;
    this.#change();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly DDEXRecord[]> {
    for (;;) {
      const records = this.#given;
      if (records !== undefined) {
        this.#given = undefined;
        this.#change();
        yield records;
      } else if (this.#isEnded) return;
      else await this.#changed();
    }
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
    });
  }

  #change(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
