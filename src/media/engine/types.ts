/**
 * Runs a tool to its end and collects what it said. The caller puts limits on the child; tests use node:child_process.
 *
 * @param onLine - receives standard output line by line instead of `stdout`, which is then empty: an index of ten hours is 58 MB of text
 */
export type RunTool = (file: string, args: readonly string[], onLine?: (line: string) => void) => Promise<ToolOutput>;

export type ToolOutput = {
  /** Exit code; 128 + signal number when a signal ended it; 127 when the file could not be started. */
  readonly code: number;
  readonly stdout: string;
  /** All of it, or at least the last 256 KiB: descriptions of streams and chapters are read from it. */
  readonly stderr: string;
};

/** Where an engine was found, in the order of search. */
export type EngineOrigin = "--ffmpeg" | "MM_FFMPEG" | "config" | "FFMPEG_BIN" | "ffmpeg-static" | "PATH" | "@ffmpeg-installer";

/** One ffmpeg binary and what it can do. */
export type Engine = EngineFacts & {
  readonly path: string;
  readonly origin: EngineOrigin;
  readonly caps: EngineCaps;
  /** One sentence for the user when this engine should be replaced. */
  readonly warning?: string;
};

/** What the binary itself says, as kept in the cache. */
export type EngineFacts = {
  /** As people read it: "5.1.9-0+deb12u1", or "4.1 (N-47683)" for a build that carries no release number. */
  readonly version: string;
  /** Release the binary's libraries belong to, whatever the version text says. */
  readonly major: number;
  readonly minor: number;
  /** Names of video, audio and subtitle encoders. */
  readonly encoders: readonly string[];
  readonly decoders: readonly string[];
  /** Pixel formats each video encoder mm uses accepts, by encoder name; an encoder that is absent has no entry. */
  readonly pixelFormats: Readonly<Record<string, readonly string[]>>;
  /** True for a program without a dynamic loader: it shares no libraries, and must be kept from the system's iconv modules. */
  readonly isStatic: boolean;
};

/** What differs between ffmpeg releases and matters to the plan or the argument lists. */
export type EngineCaps = {
  /** Option that sets how timestamps become frames; mm always passes "passthrough". */
  readonly frameSync: "-fps_mode" | "-vsync";
  /** `-stats_period`, how often `-progress` reports; without it every 0.5 s. */
  readonly hasStatsPeriod: boolean;
  /** `-movie_timescale` of the mov and mp4 muxers; without it edit lists are rounded to 1/1000 s. */
  readonly hasMovieTimescale: boolean;
  /** `-thread_queue_size` as an output option bounds the packets waiting for the muxer. */
  readonly hasOutputThreadQueue: boolean;
  /** Raw frames a child holds between its decoder and its encoder, besides those of the codecs. */
  readonly queueFrames: number;
};
