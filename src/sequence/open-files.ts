/** Descriptors that are closed together. */
import { closeSync, constants, openSync, rmSync, unlinkSync } from "node:fs";
import { errnoOf, UsageError } from "../base/index.ts";
import { fileError } from "../memory/index.ts";

/** Of the process, of the machine. */
const TOO_MANY_FILES = ["EMFILE", "ENFILE"];

export class OpenFiles implements Disposable {
  readonly #fds: number[] = [];

  /** @throws UsageError when more files are open than may be, MmError as fileError */
  reading(path: string): number {
    try {
      return this.#keep(openSync(path, "r"));
    } catch (cause) {
      if (!TOO_MANY_FILES.includes(errnoOf(cause) ?? "")) throw fileError(cause, "read", path);
      throw new UsageError("more inputs than files that may be open here", {
        cause,
        details: { path },
        hint: "a larger ulimit -n, or cat <files> | mm reduce -i - -o <output>",
      });
    }
  }

  writing(path: string): number {
    return this.#keep(openSync(path, "w+", 0o666));
  }

  /** A new file in the place of whatever has the name. */
  temporary(path: string): number {
    rmSync(path, { recursive: true, force: true });
    return this.#keep(openSync(path, "wx+", 0o600));
  }

  /** A new file that goes away when it is closed, whoever ends the job. */
  nameless(path: string): number {
    const fd = this.#keep(openSync(path, "wx+", 0o600));
    unlinkSync(path);
    return fd;
  }

  /** A file of an earlier job, never through a link and never waiting. */
  adopting(path: string): number {
    return this.#keep(openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK));
  }

  close(): void {
    for (const fd of this.#fds.splice(0)) closeSync(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #keep(fd: number): number {
    this.#fds.push(fd);
    return fd;
  }
}
