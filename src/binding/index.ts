export { binding } from "./load.ts";
export type {
  Advice,
  ChildExit,
  NativeBitmap,
  NativeFramePump,
  NativePool,
  NativeSegment,
  PagePolicy,
  PlanePair,
  PlaneScore,
  SpawnLimits,
  SpawnOptions,
} from "./types.ts";
