import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../src/media/engine/index.ts";

/** A shell script in the place of ffmpeg. */
export class FakeEngine implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "mm-fake-"));
  readonly path = join(this.#folder, "ffmpeg");
  readonly engine: Engine;

  constructor(script: string) {
    writeFileSync(this.path, `#!/bin/sh\n${script}\n`);
    chmodSync(this.path, 0o755);
    this.engine = { path: this.path } as Engine;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
