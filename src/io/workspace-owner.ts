/** The owner file of a workspace: empty, its name says which process the folder belongs to, so that one rename(2) hands it over. */
import type { ProcessIdentity } from "../memory/index.ts";

/** Of a folder that its owner left to whoever comes next. */
export const RELEASED = "owner.none";

export function isOwnerFileName(name: string): boolean {
  return name === RELEASED || parseOwnerFileName(name) !== undefined;
}

export function ownerFileName(owner: ProcessIdentity): string {
  return `owner.${owner.bootId}.${owner.pidNamespace}.${owner.pid}.${owner.startTicks}`;
}

export function parseOwnerFileName(name: string): ProcessIdentity | undefined {
  const [, bootId, pidNamespace, pid, startTicks] = /^owner\.([\w-]*)\.(\d*)\.(\d+)\.(\d+)$/.exec(name) ?? [];
  if (bootId === undefined || pidNamespace === undefined) return undefined;
  return { bootId, pidNamespace, pid: Number(pid), startTicks: Number(startTicks) };
}
