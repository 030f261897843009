/** Representatives that must not be larger than asked: sequences are compared again and again, each time at a lower identity. */
import type { AlphabetName, ClusterCounts } from "../binding/index.ts";

/** How large the representatives may be: bytes, or a share of the input's plain bytes. */
export type ReductionTarget = { readonly bytes: number } | { readonly share: number };

/** What one comparison came to. */
export type ComparisonStep = {
  /** x 10^4. */
  readonly identity: number;
  readonly representatives: number;
  /** In their file. */
  readonly representativeBytes: number;
};

export type Comparison = { readonly cluster: ClusterCounts; readonly steps: readonly ComparisonStep[] };

/** x 10^4. */
const STEP_IDENTITY = 500;
/**
 * Below these a comparison misses more relatives than it finds, where they differ at random places and have the length of a usual protein
 * (measured, of pairs of 350 residues 0.02 above the threshold: 0.59 and 0.68 are found; held by test/reduce/target.test.ts).
 */
const FLOOR_IDENTITY: Readonly<Record<AlphabetName, number>> = { protein: 7000, nucleotide: 8000 };

export function targetBytes(target: ReductionTarget, inputBytes: number): number {
  return "bytes" in target ? target.bytes : Math.floor(target.share * inputBytes);
}

/** @returns undefined at the floor, or below it where the job began there */
function lowerIdentity(identity: number, alphabet: AlphabetName): number | undefined {
  const floor = FLOOR_IDENTITY[alphabet];
  return identity > floor ? Math.max(floor, identity - STEP_IDENTITY) : undefined;
}

/** All identities a job may come to, from the one asked for down. */
export function identitiesDownFrom(identity: number, alphabet: AlphabetName): readonly number[] {
  const lower = lowerIdentity(identity, alphabet);
  return [identity, ...(lower === undefined ? [] : identitiesDownFrom(lower, alphabet))];
}

/** What to do at an identity, and what to remember of it. */
export type Comparer = {
  readonly compare: (identity: number) => Promise<ClusterCounts>;
  /** Bytes of the representatives as the last comparison left them. */
  readonly measure: () => Promise<number>;
  /** After each comparison that another one follows. */
  readonly onStep: (steps: readonly ComparisonStep[]) => Promise<void>;
};

/**
 * Compares at the first identity, then at each lower one until the representatives fit or the floor is reached: the last comparison counts.
 *
 * @param earlier - comparisons of an earlier run, none of which fitted
 */
export async function compareToFit(
  { compare, measure, onStep }: Comparer,
  { identity, alphabet, limitBytes }: { readonly identity: number; readonly alphabet: AlphabetName; readonly limitBytes: number },
  earlier: readonly ComparisonStep[],
): Promise<Comparison> {
  const steps = [...earlier];
  const last = steps.at(-1);
  let next = last === undefined ? identity : (lowerIdentity(last.identity, alphabet) ?? last.identity);
  for (;;) {
    const cluster = await compare(next);
    const representativeBytes = await measure();
    steps.push({ identity: next, representatives: cluster.representatives, representativeBytes });
    const lower = representativeBytes > limitBytes ? lowerIdentity(next, alphabet) : undefined;
    if (lower === undefined) return { cluster, steps };
    await onStep(steps);
    next = lower;
  }
}
