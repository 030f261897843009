export { Arena, type ArenaAlignment } from "./arena.ts";
export { AtomicBitmap } from "./bitmap.ts";
export { type AdmitOptions, Budget, type BudgetOptions } from "./budget.ts";
export type { BudgetOrigin } from "./budget-exceeded.ts";
export { Buffer } from "./buffer.ts";
export { BufferManager } from "./buffer-manager.ts";
export { type CgroupBound, CgroupReader, type CgroupUsage, readMachineOomKills, readOomKills } from "./cgroup.ts";
export { ChunkedList } from "./chunked-list.ts";
export { CompressedBuffer } from "./compressed-buffer.ts";
export { type Compression, DEFAULT_COMPRESSION } from "./compression.ts";
export { MemoryCore, type MemoryCoreOptions, type SettledPlan } from "./core.ts";
export { DEFAULT_CORE_SETTINGS, type MemoryCoreSettings } from "./core-settings.ts";
export { type CpuQuota, cpuQuota } from "./cpu.ts";
export { fileError } from "./file-error.ts";
export { Frame, type FrameTimestamp } from "./frame.ts";
export { FrameLayout, type FramePlane } from "./frame-layout.ts";
export { FramePool, type FramePoolConfig, type FramePoolOptions } from "./frame-pool.ts";
export { MemoryHandle } from "./handle.ts";
export { HeapSegment } from "./heap-segment.ts";
export { HugePageSegment, type HugePageSize } from "./huge-page-segment.ts";
export type { IpcHandle } from "./ipc-handle.ts";
export { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";
export { type LadderRecord, type LadderStep, type LadderStepName, type PressureCause, PressureLadder } from "./ladder.ts";
export { collectNow } from "./leak/collections.ts";
export { type MemoryLeakAlert, MemoryLeakDetector, type MemoryLeakDetectorOptions, type MemoryTrend } from "./leak/detector.ts";
export type { LeakSeries } from "./leak/floors.ts";
export { judgeLeak, type LeakOptions, type LeakVerdict, type LeakWord } from "./leak/judge.ts";
export type { MemorySnapshot } from "./leak/snapshots.ts";
export type { Lease } from "./lease.ts";
export {
  KERNEL_CHILD_BYTES,
  type LimitLine,
  type MachineMemory,
  type MemoryLimit,
  type MemoryLimitRequest,
  type MemoryLimitSource,
  readMachineMemory,
  readMemoryLimit,
  smallestLimitFor,
} from "./limit.ts";
export { type Machine, readMachine } from "./machine.ts";
export { MappedFileSegment } from "./mapped-file-segment.ts";
export { type InputWindow, MappedInput } from "./mapped-input.ts";
export type { MappingBackend } from "./mapped-input-backend.ts";
export type { MappedInputOptions } from "./mapped-input-open.ts";
export type { MemoryType } from "./memory-type.ts";
export { MemoryMonitor, type MemorySample } from "./monitor.ts";
export { memoryNodes, type NodePlacement } from "./numa.ts";
export { ObjectPool, type ObjectPoolOptions } from "./object-pool.ts";
export { OwnCgroup } from "./own-cgroup.ts";
export { isPixelFormat, type PixelFormat } from "./pixel-format.ts";
export { MemoryPool, type MemoryPoolOptions } from "./pool.ts";
export type { PressureLevel } from "./pressure.ts";
export { type ProcessIdentity, processIdentity, processPresence } from "./process-identity.ts";
export { readProcessBytes, readProcessTree, type TreeUsage } from "./procfs.ts";
export { Reservation } from "./reservation.ts";
export { MemorySegment, type SegmentPages } from "./segment.ts";
export type { JobCounters, OwnerCounters } from "./share/job-counters.ts";
export { JobCountersReader, readJobCounters } from "./share/job-counters-reader.ts";
export { describeHolders, type GroupView } from "./share/job-lease.ts";
export { type JobName, listJobs } from "./share/job-names.ts";
export { JobShare, narrowedLimit } from "./share/job-share.ts";
export { SharedMemorySegment } from "./shared-segment.ts";
export { checkedIndex, safeSlice } from "./slice.ts";
export { Slot } from "./slot.ts";
export { Spill, type SpillOptions, type SpillRunOptions } from "./spill.ts";
export { SpillRun } from "./spill-run.ts";
export { SpillRunWriter } from "./spill-run-writer.ts";
export type { HeldBy, MemoryStats } from "./stats.ts";
export { StringInterner, type StringInternerOptions } from "./string-interner.ts";
export { readSystemLimits, type SystemLimits } from "./system-limits.ts";
export type { MemoryTag, TagStats } from "./tags.ts";
