/**
 * Runs inside every isolate of the profiled Node programs (16 to 24), before their own code, and appends what it sees to a file of its own in the folder
 * MM_PROFILE_CHANNEL names. It prints nothing, keeps nothing alive, catches what goes wrong and stops then. The file is opened for each write: a
 * descriptor that stays open could be closed by the program, and its number be a file of the program's next.
 *
 * Lines of JSON: ["h", 1, pid, thread], ["r", atMs, 10 figures], ["g", atMs, kind, durationMs, beforeBytes, afterBytes], ["m", atMs, name].
 */
(() => {
  // biome-ignore lint/style/noProcessEnv: inside a foreign program there is no command line to be told by
  const { MM_PROFILE_CHANNEL: folder, MM_PROFILE_STACKS: samplingBytes, MM_PROFILE_FLOORS: wantsFloors } = process.env;
  if (folder === undefined || folder === "") return;
  const { openSync, writeSync, closeSync } = require("node:fs") as typeof import("node:fs");
  const { performance, PerformanceObserver, constants } = require("node:perf_hooks") as typeof import("node:perf_hooks");

  const INTERVAL_MS = 100;
  /** Rows come half as often each time so much has been written: a day makes 4 MiB. */
  const STRIDE_BYTES = 512 * 1024;
  /** Beyond it there are rows only. */
  const MOST_EVENT_BYTES = 8 * 1024 * 1024;
  const LONGEST_MARK = 200;
  /** What is read later than this after a full collection is not what it left. */
  const FRESH_MS = 20;
  /** Forced collections take this share of the time at most, and less the longer the program runs: 35 in the last two thirds are enough to judge by. */
  const COLLECTING_SHARE = 0.05;
  const LEAST_BETWEEN_COLLECTIONS_MS = 250;
  const COLLECTIONS = 32;

  // Loaded where they are needed: they take 2.3 ms of the 5 that this file costs a program at its start.
  const v8 = () => require("node:v8") as typeof import("node:v8");
  const threads = () => require("node:worker_threads") as typeof import("node:worker_threads");

  // No thread but the main one may change the folder, and Node marks the function that says so.
  const isMainThread = (process.chdir as { disabled?: boolean }).disabled !== true;
  const path = `${folder}/node-${process.pid}-${isMainThread ? 0 : threads().threadId}`;
  const { memoryUsage, hrtime } = process;
  let writtenBytes = 0;
  let ticksToSkip = 0;
  let isStopped = false;

  /** CLOCK_MONOTONIC, which all processes share. */
  const nowMs = () => Math.round(Number(hrtime.bigint()) / 1000) / 1000;
  /** Of performance.now(), to the same clock. */
  const loadedMs = performance.now();
  const offsetMs = nowMs() - loadedMs;

  function write(lines: string): void {
    try {
      const fd = openSync(path, "a", 0o600);
      try {
        writtenBytes += writeSync(fd, lines);
      } finally {
        closeSync(fd);
      }
    } catch {
      stop();
    }
  }

  function row(): string {
    const heap = v8().getHeapStatistics();
    const { arrayBuffers = 0 } = memoryUsage();
    const spaces = { new: 0, old: 0, code: 0, large: 0 };
    for (const { space_name: name, space_used_size: bytes } of v8().getHeapSpaceStatistics()) {
      if (name.includes("large_object")) spaces.large += bytes;
      else if (name.startsWith("new")) spaces.new += bytes;
      else if (name.startsWith("old") || name.startsWith("map") || name.startsWith("shared")) spaces.old += bytes;
      else if (name.startsWith("code")) spaces.code += bytes;
    }
    const figures = [heap.used_heap_size, heap.total_heap_size, heap.heap_size_limit, heap.external_memory ?? 0, arrayBuffers];
    return line("r", nowMs(), ...figures, spaces.new, spaces.old, spaces.code, spaces.large, heap.malloced_memory);
  }

  const line = (...values: readonly (string | number)[]) => `${JSON.stringify(values)}\n`;
  const heldBytes = () => {
    const { used_heap_size: heapBytes, external_memory: externalBytes = 0 } = v8().getHeapStatistics();
    return heapBytes + externalBytes;
  };
  const rounded = (milliseconds: number) => Math.round(milliseconds * 1000) / 1000;

  /** Collections and marks since the last tick, as lines. */
  let events = "";
  let minor = { startMs: 0, durationMs: 0 };
  let forced = { startMs: 0, endMs: 0 };

  const KINDS: Readonly<Record<number, string>> = {
    [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
    [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
    [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
  };

  function collected(startMs: number, durationMs: number, kind: number | undefined): void {
    const name = KINDS[kind ?? -1];
    if (name === undefined) {
      // There may be hundreds in a second: those between two ticks are one line.
      minor = { startMs: minor.durationMs === 0 ? startMs : minor.startMs, durationMs: minor.durationMs + durationMs };
      return;
    }
    const endMs = startMs + durationMs;
    if (startMs < forced.endMs && endMs > forced.startMs) return;
    const isFloor = name === "major" && performance.now() - endMs < FRESH_MS;
    events += line("g", rounded(startMs + offsetMs), name, rounded(durationMs), 0, isFloor ? heldBytes() : 0);
  }

  type Seen = { readonly entryType: string; readonly name: string; readonly startTime: number; readonly duration: number };

  function see(entries: readonly Seen[]): void {
    if (writtenBytes + events.length > MOST_EVENT_BYTES) return;
    for (const entry of entries) {
      const { detail } = entry as { readonly detail?: { readonly kind?: number } };
      if (entry.entryType === "gc") collected(entry.startTime, entry.duration, detail?.kind);
      else events += line("m", rounded(entry.startTime + offsetMs), entry.name.slice(0, LONGEST_MARK));
    }
  }

  function pending(): string {
    const lines =
      minor.durationMs === 0 ? events : events + line("g", rounded(minor.startMs + offsetMs), "minor", rounded(minor.durationMs), 0, 0);
    events = "";
    minor = { startMs: 0, durationMs: 0 };
    return lines;
  }

  const stacks = samplingBytes === undefined ? undefined : startStacks(Number(samplingBytes));
  const gc = wantsFloors === undefined ? undefined : exposedGc();

  function exposedGc(): (() => void) | undefined {
    const { setFlagsFromString } = v8();
    const { runInNewContext } = require("node:vm") as typeof import("node:vm");
    const wasExposed = globalThis.gc !== undefined;
    setFlagsFromString("--expose-gc");
    const exposed: unknown = runInNewContext("gc");
    if (!wasExposed) setFlagsFromString("--no-expose-gc");
    return typeof exposed === "function" ? () => exposed() : undefined;
  }

  /** A full collection now and then, where a leak is looked for: programs that run for seconds have too few of their own. */
  function takeFloor(): void {
    if (gc === undefined) return;
    const startMs = performance.now();
    const costMs = forced.endMs - forced.startMs;
    const pauseMs = Math.max(LEAST_BETWEEN_COLLECTIONS_MS, costMs / COLLECTING_SHARE, startMs / COLLECTIONS);
    if (startMs - forced.endMs < pauseMs) return;
    const beforeBytes = heldBytes();
    gc();
    forced = { startMs, endMs: performance.now() };
    events += line("g", rounded(startMs + offsetMs), "major", rounded(forced.endMs - startMs), beforeBytes, heldBytes());
  }

  function tick(): void {
    if (isStopped) return;
    try {
      takeFloor();
      stacks?.tick(v8().getHeapStatistics().used_heap_size);
      const lines = pending();
      if (ticksToSkip > 0) {
        ticksToSkip -= 1;
        if (lines !== "") write(lines);
        return;
      }
      ticksToSkip = 2 ** Math.floor(writtenBytes / STRIDE_BYTES) - 1;
      write(lines + row());
    } catch {
      stop();
    }
  }

  function last(): void {
    if (isStopped) return;
    try {
      see(observer.takeRecords());
      stacks?.write();
      // What ends before a first tick is not kept for its heap.
      const isShort = performance.now() - loadedMs < INTERVAL_MS;
      write(isShort ? pending() : pending() + row());
    } catch {
      stop();
    }
  }

  function stop(): void {
    isStopped = true;
    clearInterval(timer);
    observer.disconnect();
  }

  function startStacks(meanBytes: number) {
    try {
      const { Stacks } = require("./stacks.cjs") as { readonly Stacks: import("./stacks.cts").StacksClass };
      return new Stacks(meanBytes, `${path}.stacks`, nowMs, v8().getHeapStatistics().heap_size_limit);
    } catch {
      // A Node without its inspector.
      return undefined;
    }
  }

  const observer = new PerformanceObserver((list) => {
    if (!isStopped) see(list.getEntries());
  });
  observer.observe({ entryTypes: ["gc", "mark"] });
  const timer = setInterval(tick, INTERVAL_MS);
  timer.unref();
  process.on("exit", last);
  write(line("h", 1, process.pid, isMainThread ? 0 : threads().threadId));
})();
