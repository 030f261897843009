/** What keeps a reduction from going on where another one stopped, for people. */
import { type ErrorFacts, UsageError } from "../base/index.ts";
import type { InputIdentity, ReductionParameters } from "./checkpoint-record.ts";

type Job = { readonly parameters: ReductionParameters; readonly inputs: readonly InputIdentity[] };

/** Of what a file holds, as much is said. */
const LONGEST_TEXT = 80;

/** undefined where it is the same job. */
export function otherJob(stored: Job, current: Job): UsageError | undefined {
  const details = { ...inputDifferences(stored.inputs, current.inputs), ...parameterDifferences(stored.parameters, current.parameters) };
  if (Object.keys(details).length === 0) return undefined;
  return new UsageError(`the checkpoint is of another job: not the same ${Object.keys(details).join(", ")}`, {
    details,
    hint: "the input and the arguments of before, or the same command without --resume to start over",
  });
}

function inputDifferences(stored: readonly InputIdentity[], current: readonly InputIdentity[]): ErrorFacts {
  if (stored.length !== current.length) return { input: `${filesOf(current)}, was ${filesOf(stored)}` };
  const differences = current.map((input, at) => inputDifference(stored[at] ?? null, input));
  return differences.find((facts) => Object.keys(facts).length > 0) ?? {};
}

function filesOf(inputs: readonly InputIdentity[]): string {
  return inputs.length === 1 ? "1 file" : `${inputs.length} files`;
}

function inputDifference(stored: InputIdentity, current: InputIdentity): ErrorFacts {
  if (stored === null || current === null) {
    return stored === current ? {} : { input: `${nameOf(current)}, was ${nameOf(stored)}` };
  }
  if (stored.byteLength !== current.byteLength) {
    return { input: `${current.byteLength} bytes, was ${stored.byteLength} (${nameOf(stored)})` };
  }
  if (stored.modifiedNs !== current.modifiedNs) {
    return { input: `modified ${dateOf(current.modifiedNs)}, was ${dateOf(stored.modifiedNs)}` };
  }
  return stored.inode === current.inode ? {} : { input: `another file than ${nameOf(stored)} was` };
}

function parameterDifferences(stored: ReductionParameters, current: ReductionParameters): ErrorFacts {
  const facts: Record<string, string> = {};
  const compare = (name: string, now: string | number, before: string | number): void => {
    if (now !== before) facts[name] = `${now}, was ${before}`;
  };
  compare("format", current.format, stored.format);
  compare("identity", current.identity / 10_000, stored.identity / 10_000);
  compare("coverage", current.coverage / 10_000, stored.coverage / 10_000);
  compare("cov-mode", current.coverageMode, stored.coverageMode);
  compare("target", current.target ?? "none", stored.target ?? "none");
  compare("alphabet", current.alphabet ?? "auto", stored.alphabet ?? "auto");
  compare("force", current.takesAnything ? "on" : "off", stored.takesAnything ? "on" : "off");
  return facts;
}

function nameOf(input: InputIdentity): string {
  const name = input?.path ?? "standard input";
  return name.length <= LONGEST_TEXT ? name : `${name.slice(0, LONGEST_TEXT)}...`;
}

/** A number of another shape than mm writes is no date either. */
function dateOf(ns: string): string {
  const date = new Date(Number(ns) / 1e6);
  return Number.isNaN(date.getTime()) ? "at no time" : date.toISOString();
}
