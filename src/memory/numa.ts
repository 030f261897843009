import { readKernelFile } from "./procfs.ts";

/** From which memory nodes the pages of a segment come. */
export type NodePlacement = {
  /** "local": the node of the thread that touches a page first; "interleave": the nodes in turn. */
  readonly policy: "local" | "interleave";
  /** How many nodes take part, from the first on; 0 = all there are. */
  readonly nodes: number;
};

/** What mbind(2) takes in one word. */
const MOST_NODES = 64;

/** Memory nodes of this machine; 1 where the kernel shows none (Documentation/ABI/stable/sysfs-devices-node). */
export function memoryNodes(sysRoot = "/sys"): number {
  const online = readKernelFile(`${sysRoot}/devices/system/node/online`) ?? "0";
  const last = Number(/(\d+)\s*$/.exec(online)?.[1] ?? 0);
  return Math.min(MOST_NODES, last + 1);
}

/** @returns nodes that are there, at least 1 */
export function nodesOf({ nodes }: NodePlacement, there: number = memoryNodes()): number {
  return nodes === 0 ? there : Math.min(nodes, there);
}
