export { binding } from "./load.ts";
export type {
  CompiledColumns,
  CompiledTable,
  MessageParserOptions,
  MessageTable,
  NativeMessageParser,
  ParseRequest,
} from "./parse-types.ts";
export type { NativeEvent, NativeSampler, NativeTracer, SamplerFigures } from "./profile-types.ts";
export type {
  AlphabetName,
  ClusterCounts,
  ExpandCounts,
  IngestCounts,
  LiftIndexCounts,
  NativeExpansion,
  NativeReduction,
  NativeRestoration,
  ReducedOutputCounts,
  RestoreCounts,
  SorterDescription,
  SorterName,
  StageProgress,
} from "./sequence-types.ts";
export type {
  Advice,
  ChildExit,
  JobEntry,
  NativeBitmap,
  NativeFramePump,
  NativeHandover,
  NativeJobLedger,
  NativePool,
  NativeSegment,
  PagePolicy,
  PlanePair,
  PlaneScore,
  SpawnLimits,
  SpawnOptions,
} from "./types.ts";
