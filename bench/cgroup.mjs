// Runs a command in a memory cgroup of its own (v1 or v2, where one can be made) and reads the kernel's figures while it runs:
// rss + shmem + kernel memory, which is what no process can give back. Without a cgroup the figures are of the process tree.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SAMPLE_MS = 10;
const V1 = "/sys/fs/cgroup/memory";
const V2 = "/sys/fs/cgroup";

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
const stat = (text, key) => Number(new RegExp(`^${key} (\\d+)$`, "m").exec(text)?.[1] ?? 0);

/** A folder for a new cgroup, and how to use it; undefined where none can be made. */
export function makeCgroup(name, limitBytes) {
  try {
    if (existsSync(join(V1, "memory.limit_in_bytes"))) return makeV1(join(V1, name), limitBytes);
    if (existsSync(join(V2, "cgroup.controllers"))) return makeV2(join(V2, name), limitBytes);
  } catch (error) {
    console.error(`no memory cgroup here: ${error.message}`);
  }
  return undefined;
}

function makeV1(folder, limitBytes) {
  mkdirSync(folder, { recursive: true });
  if (limitBytes !== undefined) writeFileSync(join(folder, "memory.limit_in_bytes"), String(limitBytes));
  const usage = () => {
    const text = read(join(folder, "memory.stat"));
    return stat(text, "rss") + stat(text, "shmem") + Number(read(join(folder, "memory.kmem.usage_in_bytes")));
  };
  return { procs: join(folder, "cgroup.procs"), usage, remove: () => rmdirSync(folder) };
}

function makeV2(folder, limitBytes) {
  mkdirSync(folder, { recursive: true });
  if (limitBytes !== undefined) {
    writeFileSync(join(folder, "memory.max"), String(limitBytes));
    writeFileSync(join(folder, "memory.swap.max"), "0");
  }
  const usage = () => {
    const text = read(join(folder, "memory.stat"));
    return stat(text, "anon") + stat(text, "shmem") + stat(text, "kernel");
  };
  return { procs: join(folder, "cgroup.procs"), usage, remove: () => rmdirSync(folder) };
}

let serial = 0;

/**
 * @param {{ limitBytes?: number, env?: Record<string, string>, cwd?: string, onSample?: (seconds: number, bytes: number) => void }} [options]
 * @returns wall seconds, the highest unreclaimable bytes, exit code (137 = killed), and what it wrote
 */
export async function runInCgroup(file, args, options = {}) {
  serial += 1;
  const cgroup = makeCgroup(`mm-bench-${process.pid}-${serial}`, options.limitBytes);
  // The shell joins the cgroup before it becomes the command, so that every byte is charged there.
  const script = cgroup === undefined ? 'exec "$@"' : 'echo $$ > "$0" && exec "$@"';
  const startedMs = performance.now();
  const child = spawn("sh", ["-c", script, cgroup?.procs ?? "sh", file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr = (stderr + data).slice(-16_384);
  });
  let peakBytes = 0;
  const usage = cgroup?.usage ?? (() => treeAnonymousBytes(child.pid));
  const timer = setInterval(() => {
    const bytes = usage();
    peakBytes = Math.max(peakBytes, bytes);
    options.onSample?.((performance.now() - startedMs) / 1000, bytes);
  }, SAMPLE_MS);
  const code = await new Promise((resolve) =>
    child.on("close", (exit, signal) => resolve(signal === null ? exit : signal === "SIGKILL" ? 137 : 128)),
  );
  clearInterval(timer);
  const wallSeconds = (performance.now() - startedMs) / 1000;
  for (let attempt = 0; cgroup !== undefined && attempt < 50; attempt += 1) {
    try {
      cgroup.remove();
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return { wallSeconds, peakBytes, code, stdout, stderr, measuredBy: cgroup === undefined ? "process tree" : "cgroup" };
}

function treeAnonymousBytes(pid) {
  const status = read(`/proc/${pid}/status`);
  const own = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + treeAnonymousBytes(Number(child)), own);
}
