// A program run once: how long, how much processor time and memory (wait4(2)), and how many files it had open.
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { binding } from "../../dist/binding/index.js";

const SAMPLE_MS = 5;
/** Of one run. What takes longer is ended, code -1. */
const MOST_MS = 120_000;

/**
 * @param {string[]} argv a path first
 * @param {{ output: string, errors: string }} files where its standard output and error go
 */
export async function measureChild(argv, files) {
  const [stdout, stderr] = [files.output, files.errors].map((path) => openSync(path, "w"));
  const startedMs = performance.now();
  let pid;
  const exited = new Promise((resolve) => {
    const env = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
    pid = binding.spawn(
      { file: argv[0], args: argv, env, cwd: process.cwd(), stdio: [-1, stdout, stderr], limits: {}, oomScoreAdj: 0, niceness: 0 },
      (exit) => resolve({ ...exit, seconds: (performance.now() - startedMs) / 1000 }),
    );
  });
  for (const fd of [stdout, stderr]) closeSync(fd);
  let mostOpenFiles = 0;
  const timer = setInterval(() => {
    mostOpenFiles = Math.max(mostOpenFiles, openFiles(pid));
  }, SAMPLE_MS);
  const deadline = setTimeout(() => process.kill(pid, "SIGKILL"), MOST_MS);
  const exit = await exited;
  clearInterval(timer);
  clearTimeout(deadline);
  return {
    code: exit.code,
    seconds: exit.seconds,
    cpuSeconds: (exit.userMs + exit.systemMs) / 1000,
    peakBytes: exit.maxResidentBytes,
    mostOpenFiles,
    said: readFileSync(files.errors, "utf8").trim().split("\n").slice(-2).join("\n"),
  };
}

function openFiles(pid) {
  try {
    return readdirSync(join("/proc", String(pid), "fd")).length;
  } catch {
    // It has ended.
    return 0;
  }
}
