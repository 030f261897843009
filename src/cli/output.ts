import { errnoOf, IoError } from "../base/index.ts";

/** One of the two standard streams as the renderers see it. */
export type Output = {
  readonly isTerminal: boolean;
  /** Width in columns now; undefined when it is no terminal. */
  columns(): number | undefined;
  write(text: string): void;
  /** Waits until everything is handed to the system. Throws IoError when the system refused it. */
  flush(): Promise<void>;
};

/**
 * A stream that goes quiet when its reader has left (EPIPE, `| head`) or the terminal is gone (EIO). The exit code still tells the
 * truth about the work: a report nobody reads is no failure, and a log nobody reads is no reason to stop.
 */
export function guardedOutput(stream: NodeJS.WriteStream, name: string): Output {
  let failure: unknown;
  stream.on("error", (error) => {
    failure ??= error;
  });
  return {
    isTerminal: stream.isTTY === true,
    columns: () => (stream.isTTY === true ? stream.columns : undefined),
    write: (text) => {
      if (failure === undefined) stream.write(text);
    },
    flush: async () => {
      if (failure === undefined) await new Promise<void>((resolve) => stream.write("", () => resolve()));
      const errno = errnoOf(failure);
      if (failure === undefined || errno === "EPIPE" || errno === "EIO") return;
      throw new IoError(`writing ${name} failed (${errno ?? "unknown error"})`, {
        hint: `free space where ${name} goes, or --report <file>`,
        cause: failure,
      });
    },
  };
}

export function writeLines(output: Output, lines: readonly string[]): void {
  if (lines.length > 0) output.write(`${lines.join("\n")}\n`);
}
