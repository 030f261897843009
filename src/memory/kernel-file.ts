import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Where the kernel shows itself; tests put folders of their own there. */
export type SystemRoots = { readonly procRoot: string; readonly cgroupRoot: string };

export const SYSTEM_ROOTS: SystemRoots = { procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup" };

/** The text of a kernel file, or undefined when it is not there or not readable (containers hide many). */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/**
 * A kernel file that is read again and again: the descriptor stays open and one buffer is reused, so a read makes no garbage.
 * Numbers are found by the text before them at the start of a line.
 */
export class KernelFile implements Disposable {
  static readonly #CAPACITY_BYTES = 16 * 1024;
  readonly #buffer = Buffer.alloc(KernelFile.#CAPACITY_BYTES);
  readonly #fd: number;
  #length = 0;

  private constructor(fd: number) {
    this.#fd = fd;
    this.#buffer[0] = 0x0a;
  }

  /** undefined when the file is not there or not readable. */
  static open(path: string): KernelFile | undefined {
    try {
      return new KernelFile(openSync(path, "r"));
    } catch {
      return undefined;
    }
  }

  /** Reads the file anew. False once it is gone (a removed cgroup). */
  refresh(): boolean {
    try {
      this.#length = 1 + readSync(this.#fd, this.#buffer, 1, KernelFile.#CAPACITY_BYTES - 1, 0);
      return true;
    } catch {
      this.#length = 0;
      return false;
    }
  }

  /** The number after `prefix` at a line's start ("" = the first line), decimals included; 0 when there is none. */
  number(prefix: string): number {
    const at = this.#buffer.indexOf(`\n${prefix}`, 0, "latin1");
    if (at === -1 || at >= this.#length) return 0;
    let value = 0;
    let scale = 0;
    for (let i = at + 1 + prefix.length; i < this.#length; i += 1) {
      const byte = this.#buffer[i] ?? 0;
      if (byte === 0x2e && scale === 0) scale = 1;
      else if (byte >= 0x30 && byte <= 0x39) {
        value = value * 10 + (byte - 0x30);
        scale *= 10;
      } else break;
    }
    return scale > 1 ? value / scale : value;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
