import { readFileSync } from "node:fs";

/**
 * Whether the keyboard of its terminal speaks to this process's group: then Ctrl-C has reached what it started, too, and passing it on would
 * be a second one. Fields 5 and 8 of proc_pid_stat(5).
 */
export function isInForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[5 - 3] === fields[8 - 3];
}
