export { binding } from "./load.ts";
export type {
  Advice,
  ChildExit,
  NativeBinding,
  NativeBitmap,
  NativeFramePump,
  NativePool,
  NativeSegment,
  PagePolicy,
  PlanePair,
  PlaneScore,
  ProcessMemory,
  PumpedFrame,
  SpawnLimits,
  SpawnOptions,
} from "./types.ts";
