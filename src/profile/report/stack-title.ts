import type { ProcessFacts, StackSet } from "../model.ts";

const KINDS = { js: "JavaScript", native: "native", pool: "pools" } as const satisfies Record<StackSet["kind"], string>;

/** "JavaScript live in node (4100), thread 2". */
export function setTitle({ kind, weightOf, process, thread }: StackSet, processes: readonly ProcessFacts[]): string {
  const facts = processes[process];
  const where = facts === undefined ? "" : ` in ${facts.name} (${facts.pid})`;
  return `${KINDS[kind]} ${weightOf}${where}${thread === 0 ? "" : `, thread ${thread}`}`;
}
