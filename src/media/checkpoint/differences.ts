/** What keeps a job from going on where another one stopped, for people. */
import { type ErrorFacts, UsageError } from "../../base/index.ts";
import type { EngineIdentity, InputIdentity } from "./identity.ts";
import type { CheckpointPlan } from "./plan.ts";
import { START_OVER } from "./stored-plan.ts";

/** Of what a file holds, as much is said. */
const LONGEST_TEXT = 80;

/** @param stored - of which the hash is another one */
export function otherJob(stored: CheckpointPlan, current: CheckpointPlan): UsageError {
  const details = differences(stored, current);
  return new UsageError(`the checkpoint is of another job: not the same ${Object.keys(details).join(", ")}`, {
    details,
    hint: `the arguments and the limit of before, or ${START_OVER}`,
  });
}

function differences(stored: CheckpointPlan, current: CheckpointPlan): ErrorFacts {
  const facts: Record<string, string> = {};
  const input = inputDifference(stored.input, current.input);
  if (input !== undefined) facts.input = input;
  if (!isSame(stored.engine, current.engine)) facts.engine = `${describeEngine(current.engine)}, was ${describeEngine(stored.engine)}`;
  if (!isSame(stored.encoder, current.encoder)) facts.settings = argumentDifference(stored.encoder, current.encoder);
  if (framesOf(stored) !== framesOf(current)) facts.frames = `${framesOf(current)}, was ${framesOf(stored)}`;
  else if (!isSame(stored.units, current.units))
    facts.chunks = "they are cut or read in another way: the limit or mm itself is another one";
  return facts;
}

function inputDifference(stored: InputIdentity, current: InputIdentity): string | undefined {
  if (stored.byteLength !== current.byteLength) return `${current.byteLength} bytes, was ${stored.byteLength} (${clipped(stored.path)})`;
  if (stored.headHash !== current.headHash || stored.tailHash !== current.tailHash) return `other bytes than ${clipped(stored.path)} had`;
  if (stored.modifiedNs !== current.modifiedNs) return `modified ${dateOf(current.modifiedNs)}, was ${dateOf(stored.modifiedNs)}`;
  return undefined;
}

/** A number of another shape than mm writes is no date either. */
function dateOf(ns: string): string {
  const date = new Date(Number(ns) / 1e6);
  return Number.isNaN(date.getTime()) ? "at no time" : date.toISOString();
}

function describeEngine({ path, version }: EngineIdentity): string {
  return `ffmpeg ${clipped(version)} (${clipped(path)})`;
}

function framesOf({ units }: CheckpointPlan): number {
  return units.reduce((sum, unit) => sum + unit.frames, 0);
}

/** The options whose values differ: "-crf 30, was 23". */
function argumentDifference(stored: readonly string[], current: readonly string[]): string {
  const before = optionsOf(stored);
  const now = optionsOf(current);
  const names = [...new Set([...now.keys(), ...before.keys()])].filter((name) => now.get(name) !== before.get(name));
  return (
    names.map((name) => `${name} ${now.get(name) ?? "not given"}, was ${before.get(name) ?? "not given"}`).join("; ") || "in another order"
  );
}

/** Options with their values; the options inside of -x264-params and the like are told apart. */
function optionsOf(args: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  args.forEach((name, at) => {
    if (!name.startsWith("-")) return;
    const value = args[at + 1] ?? "";
    if (!/^[\w-]+=/.test(value)) options.set(clipped(name), clipped(value));
    else for (const part of value.split(":")) options.set(clipped(part.split("=")[0] ?? ""), clipped(part.replace(/^[^=]*=?/, "")));
  });
  return options;
}

function clipped(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}...`;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
