export { type Capture, type CaptureBatch, type CaptureEvent, type CaptureHeader, CaptureWriter, readCapture } from "./capture/index.ts";
export { type Ceiling, type Gate, type GateSettings, judgeGates, measureRun, type RunFigures } from "./gates.ts";
export { type CaptureLeak, leakOf } from "./leak.ts";
export { type LiveProcess, LiveState, type LiveTree } from "./live.ts";
export { METRICS, type Metric, peakOf, type Scope } from "./metrics.ts";
export { Recording } from "./recording.ts";
export { AttachedTarget, Target, type TargetOptions, type Watched } from "./target.ts";
