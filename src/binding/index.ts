export { binding } from "./load.ts";
export type {
export type {
  CompiledColumns,
} from "./parse-types.ts";
  CompiledTable,
  MessageParserOptions,
  MessageTable,
  NativeMessageParser,
<<<<<<< HEAD
  ParseFailure,
  ParseFormat,
  ParseInput,
  ParseOutcome,
  ParseProgress,
  ParseRequest,
  ParseTable,
=======
  ParseRequest,
>>>>>>> e5726c91db35524c80710848665a8b6c67184cc7
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
