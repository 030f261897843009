/** What `mm profile` is asked. */
import type { Ceiling, ToolName } from "../profile/index.ts";

export type ProfileSettings = ProfileRun | ProfileAttach | ProfileView | ProfileDiff;

/** Files that are made of a capture; absent = not asked for. */
export type ProfileOutputs = {
  readonly html: string | undefined;
  readonly speedscope: string | undefined;
  readonly pprof: string | undefined;
  /** Markdown for the page of a CI job, in the result. */
  readonly summary: boolean;
  readonly overwrite: boolean;
};

export type ProfileGates = {
  readonly failAbove: readonly Ceiling[];
  readonly failOnLeak: boolean;
  readonly failOnIncreasePercent: number | undefined;
  /** A capture, or the report of an earlier run. */
  readonly baseline: string | undefined;
};

export type ProfileWatch = ProfileOutputs &
  ProfileGates & {
    /** The capture. */
    readonly output: string;
    readonly intervalMs: number;
    /** Events for a live view. */
    readonly live: boolean;
  };

export type ProfileRun = ProfileWatch & {
  readonly action: "run";
  /** argv; the program is looked for in the search path. */
  readonly command: readonly string[];
  /** NODE_OPTIONS, to which ours are added. */
  readonly nodeOptions: string | undefined;
  readonly searchPath: string;
  readonly stacks: boolean;
  readonly everyProcess: boolean;
  readonly repeat: number;
  readonly tool: ToolName | undefined;
  /** LD_PRELOAD, which a tool may add to. */
  readonly preload: string | undefined;
  /** The target's standard output goes to standard error: ours is taken. */
  readonly stdoutToStderr: boolean;
};

export type ProfileAttach = ProfileWatch & {
  readonly action: "attach";
  readonly pid: number;
  /** undefined = until the process ends or the user does. */
  readonly durationSeconds: number | undefined;
};

export type ProfileView = ProfileOutputs & { readonly action: "view"; readonly capture: string };

export type ProfileDiff = ProfileOutputs &
  Pick<ProfileGates, "failOnIncreasePercent"> & { readonly action: "diff"; readonly before: string; readonly after: string };
