/** Watches a native stage while it runs: passes its counters on, and stops it when the job is stopped. */
import type { StageProgress } from "../binding/index.ts";

const LOOK_MS = 50;

/** A running native job. */
type Stage = { progress(): StageProgress; cancel(): void };

export async function watchStage<T>(
  stage: Stage,
  signal: AbortSignal,
  onProgress: (progress: StageProgress) => void,
  run: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const stop = (): void => stage.cancel();
  signal.addEventListener("abort", stop, { once: true });
  const timer = setInterval(() => onProgress(stage.progress()), LOOK_MS);
  try {
    const result = await run();
    onProgress(stage.progress());
    return result;
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", stop);
  }
}
