import { accessSync, constants, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { errnoOf, OutputError } from "../base/index.ts";

/** The file of `--report`. It appears by rename, so a report that exists is whole; pipes and devices are written to directly. */
export class ReportFile {
  readonly #path: string;
  readonly #target: string;
  readonly #isPlain: boolean;

  /** Refuses, before the work begins, a file that could not be written after it. @throws OutputError */
  constructor(path: string) {
    this.#path = path;
    try {
      const existing = statSync(path, { throwIfNoEntry: false });
      this.#isPlain = existing === undefined || existing.isFile() || existing.isDirectory();
      // Behind a symbolic link the file is replaced, not the link.
      this.#target = existing !== undefined && this.#isPlain ? realpathSync(path) : path;
      if (existing?.isDirectory() === true) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
      if (this.#isPlain) {
        writeFileSync(this.#partial, "", { flag: "wx" });
        rmSync(this.#partial);
      } else {
        accessSync(path, constants.W_OK);
      }
    } catch (error) {
      throw this.#cannotWrite(error);
    }
  }

  /** @throws OutputError */
  write(document: object): void {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    try {
      writeFileSync(this.#isPlain ? this.#partial : this.#path, text, { flag: this.#isPlain ? "wx" : "w" });
      if (this.#isPlain) renameSync(this.#partial, this.#target);
    } catch (error) {
      if (this.#isPlain) rmSync(this.#partial, { force: true });
      throw this.#cannotWrite(error);
    }
  }

  get #partial(): string {
    return `${this.#target}.${process.pid}.part`;
  }

  #cannotWrite(error: unknown): OutputError {
    const errno = errnoOf(error) ?? "unknown error";
    return new OutputError(`cannot write the report to ${this.#path} (${errno})`, {
      hint: "--report <a file in a folder that can be written>",
      details: { path: this.#path, errno },
      cause: error,
    });
  }
}
