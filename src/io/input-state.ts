/** Whether a file is still the one that was looked at: replaced, grown, cut or written to, it is another. */
import { type BigIntStats, statSync } from "node:fs";
import { IoError } from "../base/index.ts";

export class InputState {
  readonly #path: string;
  readonly #before: BigIntStats | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#before = stateOf(path);
  }

  /** @throws IoError when it is not the file it was */
  check(): void {
    const now = stateOf(this.#path);
    if ((["dev", "ino", "size", "mtimeNs"] as const).every((field) => now?.[field] === this.#before?.[field])) return;
    throw new IoError(`${this.#path} changed while mm was reading it`, { hint: "run again when nothing writes to it any more" });
  }
}

/** undefined where there is nothing to see: whoever opens the file says why. */
function stateOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
