import { type ReductionCounts, targetBytes } from "../sequence/index.ts";
import type { ReduceInputs } from "./reduce-inputs.ts";
import type { ReduceSettings } from "./reduce-settings.ts";
import type { ReduceResult } from "./result.ts";

/** @param counts - undefined for a dry run */
export function reduceResult(settings: ReduceSettings, inputs: ReduceInputs, counts: ReductionCounts | undefined): ReduceResult {
  const { ingest, cluster, output } = counts ?? {};
  return {
    records: ingest?.records ?? 0,
    representatives: cluster?.representatives ?? 0,
    members: cluster?.members ?? 0,
    exactDuplicates: cluster?.exactDuplicates ?? 0,
    residues: ingest?.residues ?? 0,
    alphabet: ingest?.alphabet ?? settings.alphabet ?? null,
    identity: counts === undefined ? settings.identity : counts.identity / 10_000,
    ...targetResult(settings, inputs, counts),
    inputs: inputs.files.map(({ name, byteLength }) => ({ name, byteLength })),
    inputBytes: inputs.byteLength,
    packedBytes: inputs.packedBytes,
    representativeBytes: output?.representativeBytes ?? 0,
    deltaBytes: output?.deltaBytes ?? 0,
    clusterBytes: output?.clusterBytes ?? 0,
    sha256: ingest?.sha256 ?? null,
    verified: settings.verify,
    resumedStages: counts?.resumedStages ?? [],
    rounds: cluster?.rounds ?? 0,
    alignments: cluster?.alignments ?? 0,
    diskPeakBytes: counts?.diskPeakBytes ?? 0,
    lengths: ingest?.lengths ?? [],
    identities: cluster?.identities ?? [],
    clusterSizes: cluster?.clusterSizes ?? [],
    shortest: ingest?.shortest ?? 0,
    longest: ingest?.longest ?? 0,
    longestRecord: ingest?.longestRecord ?? 0,
    gcResidues: ingest?.gcResidues ?? 0,
    gcContents: ingest?.gcContents ?? [],
    complexities: ingest?.complexities ?? [],
  };
}

function targetResult(
  { target }: ReduceSettings,
  { byteLength }: ReduceInputs,
  counts: ReductionCounts | undefined,
): Pick<ReduceResult, "targetBytes" | "targetReached" | "steps"> {
  if (target === undefined) return { targetBytes: null, targetReached: null, steps: [] };
  const limitBytes = targetBytes(target, byteLength);
  const reached = counts === undefined ? null : counts.output.representativeBytes <= limitBytes;
  const steps = counts?.steps.map((step) => ({ ...step, identity: step.identity / 10_000 })) ?? [];
  return { targetBytes: limitBytes, targetReached: reached, steps };
}
