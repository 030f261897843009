/**
 * What a run of an engine may not do, whatever its input makes of it: the limits of the kernel, and its environment.
 *
 * There is no limit of processor time among them: how long an honest encode takes depends on the preset, the picture and the machine, and
 * a picture of two bytes can be the largest there is. A run that is stuck is known by making no progress (SilenceWatch).
 */
import type { ChildOptions } from "../process/index.ts";

/**
 * Static builds must not load the system's iconv modules (they crash), glibc must not spread over arenas, messages must not be translated,
 * and SVT-AV1 must not introduce itself on standard error, where only what is wrong belongs.
 */
export const ENGINE_ENVIRONMENT = { GCONV_PATH: "/nonexistent", MALLOC_ARENA_MAX: "2", LC_ALL: "C", SVT_LOG: "1" };

/** Files open at once. A join needs 8, standard input and output among them (measured, ffmpeg 4.1 and 5.1). */
const OPEN_FILES = 64;

/**
 * @param dataBytes - RLIMIT_DATA
 * @param fileBytes - the largest file it may write: 0 = none but empty ones, Infinity = as large as the disk takes
 */
export function engineLimits(dataBytes: number, fileBytes: number): ChildOptions["limits"] {
  return {
    dataBytes,
    coreBytes: 0,
    openFiles: OPEN_FILES,
    noSockets: true,
    ...(Number.isFinite(fileBytes) ? { fileSizeBytes: Math.max(0, Math.floor(fileBytes)) } : {}),
  };
}
