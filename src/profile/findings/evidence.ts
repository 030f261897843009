import { formatBytes, formatSeconds } from "../../base/index.ts";
import type { Capture } from "../capture/index.ts";
import type { Finding, ProfileModel } from "../model.ts";

/** What the rules judge by: the model without what they make of it, and the capture itself. */
export type Evidence = Omit<ProfileModel, "findings" | "verdict"> & {
  readonly capture: Capture;
  readonly highest: { readonly pageTableBytes: number; readonly swapBytes: number };
};

/** Looks for one thing. Nothing found, nothing said. */
export type Rule = (evidence: Evidence) => readonly Finding[];

export function processLabel({ processes }: Pick<Evidence, "processes">, process: number): string {
  const facts = processes[process];
  return facts === undefined ? `process ${process}` : `${facts.name} (pid ${facts.pid})`;
}

export function at(ms: number): string {
  return formatSeconds(ms / 1000);
}

export function percent(share: number): string {
  return `${share * 100 < 10 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
}

export const size = formatBytes;
