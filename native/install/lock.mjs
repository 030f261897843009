import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const WAIT_MS = 200;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** The owner died without removing its lock. */
function removeIfStale(file) {
  try {
    const owner = Number(readFileSync(file, "utf8"));
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

/** Runs an action while no other process does: two builds in one folder would overwrite each other's objects. */
export function withLock(file, action) {
  mkdirSync(dirname(file), { recursive: true });
  while (!tryLock(file)) {
    removeIfStale(file);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
  }
  try {
    action();
  } finally {
    rmSync(file, { force: true });
  }
}
