import { assert, KIB, MIB } from "../../base/index.ts";

/** How messages are read in a program. */
export type StreamingConfig = {
  /** For the whole process, in bytes: 512 MiB. What a parse needs beside what is there must fit. */
  readonly maxMemoryUsage: number;
  /** How much of a message is read at once, in bytes: 64 KiB. Halved when a message is read again that lacked memory. */
  readonly chunkSize: number;
  /** Deepest nesting that is taken: 100. */
  readonly maxElementDepth: number;
  /** Elements of one release, resource, party or deal: 1,000,000. */
  readonly maxElementCount: number;
  /** Records are gathered in so many bytes: 1 MiB. */
  readonly bufferSize: number;
  /** Share of it from which on they are handed over: 0.8. */
  readonly flushThreshold: number;
  /** Go on after a message that is refused: false. */
  readonly continueOnError: boolean;
  /** So many may be refused: 10. */
  readonly maxErrors: number;
};

const DEFAULT_STREAMING: StreamingConfig = {
  maxMemoryUsage: 512 * MIB,
  chunkSize: 64 * KIB,
  maxElementDepth: 100,
  maxElementCount: 1_000_000,
  bufferSize: MIB,
  flushThreshold: 0.8,
  continueOnError: false,
  maxErrors: 10,
};

/** With what is not said filled in. */
export function streamingConfig(given: Partial<StreamingConfig> = {}): StreamingConfig {
  const config = { ...DEFAULT_STREAMING, ...given };
  const { maxMemoryUsage, chunkSize, maxElementDepth, maxElementCount, bufferSize, flushThreshold, maxErrors } = config;
  for (const [name, value] of Object.entries({ maxMemoryUsage, chunkSize, maxElementDepth, maxElementCount, bufferSize, maxErrors })) {
    assert(Number.isSafeInteger(value) && value > 0, `${name} is a whole number above 0, got ${value}`);
  }
  assert(flushThreshold > 0 && flushThreshold <= 1, `flushThreshold is a share, got ${flushThreshold}`);
  return config;
}
