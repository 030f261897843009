/** The pipes a child speaks through: its ends, and the sockets that read ours. */
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { binding } from "../binding/index.ts";
import { LineSplitter } from "./text.ts";

const PIPE_BYTES = 64 * 1024;
/** A grandchild may hold a pipe open after the child is gone; its words are not waited for longer than this. */
const DRAIN_MS = 250;

export class ChildPipes {
  readonly #childEnds: number[] = [];
  readonly #sockets: Socket[] = [];
  readonly #readers: Promise<void>[] = [];
  readonly #onText: (length: number) => void;

  /** @param onText - told how many UTF-16 units came, whatever the pipe */
  constructor(onText: (length: number) => void = () => {}) {
    this.#onText = onText;
  }

  /** @returns the child's end. @throws when the system has no more descriptors */
  textTo(sink: (chunk: string) => void, end?: () => void): number {
    const pipe = binding.pipe(PIPE_BYTES);
    this.#childEnds.push(pipe.writeFd);
    const socket = new Socket({ fd: pipe.readFd, readable: true, writable: false }).setEncoding("utf8");
    this.#sockets.push(socket);
    this.#readers.push(
      new Promise((resolve) => {
        socket.on("data", (chunk: string) => {
          this.#onText(chunk.length);
          sink(chunk);
        });
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
          end?.();
          resolve();
        });
      }),
    );
    return pipe.writeFd;
  }

  linesTo(onLine: (line: string) => void): number {
    const lines = new LineSplitter(onLine);
    return this.textTo(
      (chunk) => lines.push(chunk),
      () => lines.end(),
    );
  }

  /** The child has them by now, or never will. */
  closeChildEnds(): void {
    for (const fd of this.#childEnds) closeSync(fd);
  }

  /** Stops listening. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Resolves when the last word is heard, or nobody should wait for it any more. */
  async drained(): Promise<void> {
    const timer = setTimeout(() => this.destroy(), DRAIN_MS);
    await Promise.all(this.#readers);
    clearTimeout(timer);
  }
}
