// Runs one ffmpeg and samples its /proc status every 10 ms.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const SAMPLE_MS = 10;
const BLOCKED_MS = 800;

function kilobytes(status, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

/**
 * @param {{ file: string, args: readonly string[], output: "file" | "drained" | "blocked" }} child a blocked one is not read for 0.8 s
 * @returns {Promise<{ peakBytes: number, dataBytes: number, threads: number, elapsedMs: number }>} highest RssAnon + VmSwap, highest VmData
 */
export function measureChild({ file, args, output }) {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(file, args, {
      env: { LC_ALL: "C", MALLOC_ARENA_MAX: "2" },
      stdio: ["ignore", output === "file" ? "ignore" : "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (text) => {
      errors = (errors + text).slice(-2000);
    });
    if (output === "drained") child.stdout.resume();
    if (output === "blocked") setTimeout(() => child.stdout.resume(), BLOCKED_MS);
    const peak = { peakBytes: 0, dataBytes: 0, threads: 0 };
    const timer = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
        peak.peakBytes = Math.max(peak.peakBytes, 1024 * (kilobytes(status, "RssAnon") + kilobytes(status, "VmSwap")));
        peak.dataBytes = Math.max(peak.dataBytes, 1024 * kilobytes(status, "VmData"));
        peak.threads = Math.max(peak.threads, kilobytes(status, "Threads"));
      } catch {
        // It has ended between two samples.
      }
    }, SAMPLE_MS);
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ ...peak, elapsedMs: Math.round(performance.now() - startMs) });
      else reject(new Error(`${file} ended with ${code}: ${errors.trim()}\n${args.join(" ")}`));
    });
  });
}
