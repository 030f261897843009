import type { StopSignal } from "./messages.ts";

/** A hang-up is treated as SIGTERM: the terminal is gone, and nobody can press Ctrl-C a second time. */
const MEANING = { SIGINT: "SIGINT", SIGTERM: "SIGTERM", SIGHUP: "SIGTERM" } as const satisfies Record<string, StopSignal>;

/**
 * Until disposed, the first `asks` signals ask politely and the next one kills. It kills by giving the signal its default action back:
 * process.exit waits for the worker thread, which may be inside a system call (measured: it hangs on a blocked read).
 * Children go with the thread that made them (PR_SET_PDEATHSIG).
 */
export function onStopSignals(asks: number, ask: (signal: StopSignal) => void, beforeDeath: () => void): Disposable {
  let asked = 0;
  const handlers = Object.entries(MEANING).map(([name, meaning]) => {
    const handler = () => {
      if (asked === asks) {
        beforeDeath();
        process.removeAllListeners(meaning);
        process.kill(process.pid, meaning);
      } else {
        asked += 1;
        ask(meaning);
      }
    };
    process.on(name, handler);
    return { name, handler };
  });
  return {
    [Symbol.dispose]: () => {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
