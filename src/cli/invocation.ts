import type { Output } from "./output.ts";
import type { Presentation } from "./presentation.ts";
import type { ReportFile } from "./report-file.ts";

/** One call of `mm`, as much of it as is known. */
export type Invocation = {
  /** undefined when no command was recognised. */
  readonly command: string | undefined;
  /** The file being written, for the summary. */
  readonly output: string;
  readonly presentation: Presentation;
  readonly reportFile: ReportFile | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly out: Output;
  readonly err: Output;
  /** On the system clock. */
  readonly startedMs: number;
};
