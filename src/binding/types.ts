/**
 * The surface of the native addon, in the order of native/napi/*.cc. Each export there carries the same one-line
 * signature as a comment, and a test compares the two. Sizes and offsets are bytes as safe integers; no address ever
 * becomes a number. Errors are thrown as Error with `code` (errno name), `errno` and `operation`.
 */
import type { MessageParserOptions, NativeMessageParser, ParseRequest } from "./parse-types.ts";
import type { NativeSampler, NativeSamplerOptions, NativeTracer } from "./profile-types.ts";
import type {
  ClusterRequest,
  ExpansionOptions,
  IngestRequest,
  NativeExpansion,
  NativeReduction,
  NativeRestoration,
  ReducedOutputRequest,
  ReductionOptions,
} from "./sequence-types.ts";

export type PagePolicy = "base" | "transparent-huge" | "hugetlb-2m" | "hugetlb-1g";
export type Advice = "normal" | "sequential" | "random" | "will-need" | "dont-need" | "populate" | "huge-page";

/** One mapping. `buffer` is the only ArrayBuffer over it; `close` detaches that buffer, then unmaps. */
export interface NativeSegment {
  readonly byteLength: number;
  /** Bytes of a page as granted, and the policy that was granted (a hugetlb request may be refused: segmentAnonymous throws ENOMEM). */
  readonly pageBytes: number;
  readonly granted: PagePolicy;
  readonly writable: boolean;
  readonly closed: boolean;
  /** Throws EBADF after close, and EFBIG where the engine's ArrayBuffers are smaller (Node 20: 4 GiB). */
  buffer(): ArrayBuffer;
  /**
   * madvise(2). `dont-need` gives whole pages inside the range back to the kernel: anonymous and shared bytes are zeros afterwards, for
   * all who share them; file pages are read again at the next touch.
   */
  advise(offset: number, length: number, advice: Advice): void;
  /**
   * From which memory nodes pages come that are not touched yet: the toucher's own, or the first `nodes` (1 to 64) in turn. mbind(2);
   * throws ENOSYS on a kernel without nodes, EINVAL for nodes that are not there.
   */
  placeOnNodes(policy: "local" | "interleave", nodes: number): void;
  /** Bytes of the mapping that are in memory now, in whole pages: mincore(2). It calls all of a file resident that the user neither owns nor may write. */
  residentBytes(): number;
  /** msync(2) of a mapped file. */
  sync(): void;
  /** Shared segments: the descriptor another process or thread maps (owned by the segment). Others: -1. */
  fd(): number;
  /** Names of the seals on a shared segment: "shrink", "grow", "write", "future-write", "seal". */
  seals(): string[];
  addSeals(seals: string[]): void;
  /** True while native jobs or pools pin the mapping. */
  readonly pinned: boolean;
  /** Detaches and unmaps. Idempotent. Throws EBUSY while pinned. */
  close(): void;
}

/** Lock-free bitmap in native memory: bit set = taken. Safe from any thread. */
export interface NativeBitmap {
  readonly capacity: number;
  /** Index of a bit that was clear and is now set, or -1. */
  acquire(): number;
  /** Clears a bit. False if it was clear already (a double release). */
  release(index: number): boolean;
  available(): number;
}

/** Equal slots over a segment, taken by bitmap and shared by reference count, from JS and native threads alike. Pins the segment until closed. */
export interface NativePool {
  readonly capacity: number;
  readonly slotBytes: number;
  /** Distance between slots: slotBytes rounded up to the alignment. */
  readonly strideBytes: number;
  available(): number;
  /** Loans given out since construction, and the most slots out at once. */
  loans(): number;
  peakInUse(): number;
  /** A slot with one reference, or -1 when all are out. */
  loan(): number;
  /** Adds a reference; returns the new count. Throws EINVAL for a slot that is not out. */
  retain(index: number): number;
  /** Drops a reference; returns what remains; at 0 the slot is free (zeroed first if clearOnRelease). Throws EINVAL for a slot that is not out. */
  release(index: number): number;
  references(index: number): number;
  /** Unpins the segment. Throws EBUSY while slots are out. */
  close(): void;
}

/** Limits put on a child between fork and exec. Absent = not set. */
export type SpawnLimits = {
  /** The soft limit only, so that setDataLimit can loosen it again without privilege. */
  readonly dataBytes?: number;
  readonly coreBytes?: number;
  readonly fileSizeBytes?: number;
  readonly openFiles?: number;
  /** SIGXCPU at this time, SIGKILL one second later. */
  readonly cpuSeconds?: number;
  /** No socket of any family, and so no network: socket(2) fails with EACCES in the child and its children. Where the kernel has no seccomp filters it does nothing. */
  readonly noSockets?: boolean;
};

export type SpawnOptions = {
  /** A path; PATH is not searched. */
  readonly file: string;
  /** argv, the program name first. */
  readonly args: string[];
  /** "NAME=value": the whole environment; of a guest what stands in for, or is added to, this process's. */
  readonly env: string[];
  readonly cwd: string;
  /** Descriptor for child fd 0, 1, 2, ...; -1 = /dev/null. All others are closed in the child, unless it is a guest. */
  readonly stdio: number[];
  readonly limits: SpawnLimits;
  /** Written to /proc/self/oom_score_adj, where the system lets it; 0 = leave. */
  readonly oomScoreAdj: number;
  /** nice(2) increment, 0 = none. */
  readonly niceness: number;
  /**
   * A program of the user's, which is to find the world as if mm had not started it: this process's group and terminal, its environment byte
   * for byte, its privileges, and the descriptors it inherited above 15 (Node closes the lower ones). Its orphans become children of this
   * process from then on, who must reap them (reapAdopted).
   */
  readonly isGuest?: boolean;
  /** Lives on when the thread that started it, or all of this process, dies. */
  readonly outlivesParent?: boolean;
  /** Runs the program under ptrace(2), where that is not refused. One program for each tracer. */
  readonly tracer?: NativeTracer;
  /** A cgroup.procs file that the child enters before exec. */
  readonly cgroupProcs?: string;
};

export type ChildExit = {
  /** Exit code, or -1 when a signal ended it. */
  readonly code: number;
  /** Signal number, or 0. */
  readonly signal: number;
  /**
   * From wait4(2): largest resident set (file pages included), user and system time. Linux counts the copy of this process before exec
   * too: its malloc'ed memory, without segments and V8's heap, which a fork leaves out. `peakResidentBytes` of a live child does not.
   */
  readonly maxResidentBytes: number;
  readonly userMs: number;
  readonly systemMs: number;
};

/**
 * Reads whole frames from a pipe into pool slots on its own thread. It loans a slot, fills it, queues its index, and
 * stops loaning when `creditFrames` filled slots wait to be taken: that is the backpressure. It never allocates per frame.
 */
export interface NativeFramePump {
  /**
   * The next frame (index from 0, slot) in order of arrival; slot -1 = end of stream or closed, -2 = the stream ended inside a frame, told
   * once. The callee owns the slot's reference. Rejects with the errno of a read that failed.
   */
  next(): Promise<PumpedFrame>;
  readonly framesRead: number;
  readonly bytesRead: number;
  /** Stops the thread, closes the descriptor, releases slots nobody took. Idempotent. */
  close(): void;
}
export type PumpedFrame = { readonly index: number; readonly slot: number; readonly trailingBytes: number };

export type ProcessMemory = {
  /** Bytes from /proc/<pid>/status; 0 for a zombie. */
  readonly anonBytes: number;
  readonly fileBytes: number;
  readonly sharedBytes: number;
  readonly swapBytes: number;
  readonly dataBytes: number;
  readonly peakResidentBytes: number;
  readonly pageTableBytes: number;
  readonly threads: number;
};

/** Planes of two frames to compare: offsets from the slot start, strides and widths in bytes, rows. */
export type PlanePair = {
  readonly offsetBytes: number;
  readonly strideBytes: number;
  /** Samples per row. */
  readonly width: number;
  readonly height: number;
};

export type PlaneScore = {
  /** Sum of squared sample differences. */
  readonly squaredError: number;
  /** Mean SSIM over 8x8 windows at a step of 4 (Wang et al. 2004), 1 = equal. */
  readonly ssim: number;
};

/** A part of shared memory and where in it the part lies, in bytes. */
export type SharedPart = { readonly fd: number; readonly offset: number; readonly length: number };

/** Descriptors of it belong to the receiver. */
export type ReceivedHandover = { readonly parts: SharedPart[]; readonly metadata: string };

/**
 * Hands shared memory to every process of the same user that connects to an abstract Unix socket, on its own thread. It reads nothing from
 * a client and waits for none.
 */
export interface NativeHandover {
  /** Clients that were handed the parts so far. */
  answered(): number;
  /** Those that were not: of another user, or gone. */
  refused(): number;
  /** Stops the thread and gives the name back. Idempotent. */
  close(): void;
}

/** A job in the ledger that jobs share. All of it was written by other processes. */
export type JobEntry = {
  readonly pid: number;
  readonly command: string;
  /** What it may take without asking again, kernel memory included. */
  readonly heldBytes: number;
  readonly kernelBytes: number;
  /** Program text that has to stay in memory while it runs. */
  readonly textBytes: number;
  /** What its process tree was last measured at. */
  readonly treeBytes: number;
  /** It waits for its turn, or in it for memory. */
  readonly isQueued: boolean;
  /** It holds memory and waits for more. */
  readonly isStalled: boolean;
};

/**
 * The ledger that the jobs of one user in one cgroup share, in memory that any of them may end without leaving: entries of jobs that are gone
 * are cleared. Each call throws ETIMEDOUT where another process keeps the lock for a second, ESTALE where our entry is no longer ours.
 */
export interface NativeJobLedger {
  /** Owned by the ledger. */
  fd(): number;
  byteLength(): number;
  /** Takes an entry for this process, with what it holds already. False when every entry is taken. */
  enter(command: string, heldBytes: number, kernelBytes: number, textBytes: number): boolean;
  /**
   * Less, forced, or alone it is always granted; more only while all jobs together stay within `limitBytes`, and optional memory only while
   * nobody waits.
   */
  hold(heldBytes: number, kernelBytes: number, limitBytes: number, claim: "forced" | "needed" | "optional"): boolean;
  /** Goes to the end of the queue, unless it is in it. */
  queue(): void;
  /** Whether it is in the queue, and nobody for longer. One that has not asked for two seconds is passed over until it asks again. */
  isFirst(): boolean;
  leaveQueue(): void;
  setStalled(isStalled: boolean): void;
  /** What the process tree was measured at; takes no lock. */
  publish(treeBytes: number): void;
  /** Jobs that live, the own one among them. */
  entries(): JobEntry[];
  /** Clears the entry; the ledger can still be handed to others. Idempotent. */
  leave(): void;
  /** Idempotent. */
  close(): void;
}

export interface NativeBinding {
  /** ABI of this file: bumped when any signature changes; load.ts refuses another. */
  readonly abi: number;

  // core_exports.cc
  segmentAnonymous(byteLength: number, pages: PagePolicy): NativeSegment;
  segmentShared(name: string, byteLength: number, pages: PagePolicy): NativeSegment;
  /** Maps a received descriptor; it is duplicated, the caller keeps its own. Not writable = copy-on-write. EINVAL when it is shorter. */
  segmentFromFd(fd: number, byteLength: number, writable: boolean): NativeSegment;
  /**
   * Maps [offset, offset + length) of a file; offset may be any number, also past 4 GiB. `private-read` maps copy-on-write, so a stray
   * write from JS can neither fault nor reach the file. Throws EINVAL past the file's end (re-stat at each call). A file that is truncated
   * while it is mapped faults at the next touch past its end (SIGBUS): see native/README.md.
   */
  segmentMapFile(fd: number, offset: number, length: number, mode: "private-read" | "shared-write", populate: boolean): NativeSegment;
  bitmap(capacity: number): NativeBitmap;
  pool(segment: NativeSegment, slotBytes: number, alignmentBytes: number, clearOnRelease: boolean): NativePool;

  // process_exports.cc
  /** A real pipe2(2) pair, close-on-exec; F_SETPIPE_SZ is tried and what was granted is returned. */
  pipe(sizeBytes: number): { readonly readFd: number; readonly writeFd: number; readonly sizeBytes: number };
  /**
   * fork + limits + PR_SET_PDEATHSIG (parent re-checked) + exec. Throws with the errno of the step that failed, ENOENT for a missing
   * program. The child leads a process group, of which nothing is left when onExit is called; a guest stays in this process's group.
   */
  spawn(options: SpawnOptions, onExit: (exit: ChildExit) => void): number;
  /** Reaps an orphan of a guest that has ended. False while it runs, and for what is no child of this process. Never for the guest itself. */
  reapAdopted(pid: number): boolean;
  /** Current and descendant pids of a process, itself first; walks /proc/<pid>/task/<tid>/children, else all of /proc. */
  processTree(pid: number): number[];
  /** undefined when the process is gone. */
  processMemory(pid: number): ProcessMemory | undefined;
  /** prlimit(2) on a running child: RLIMIT_DATA. */
  setDataLimit(pid: number, dataBytes: number): void;
  /** posix_fadvise(2) DONTNEED over a range, after sync_file_range write-back. length 0 = to the end. */
  dropCache(fd: number, offset: number, length: number): void;
  /** statfs(2): true when the path is on memory (tmpfs, ramfs, hugetlbfs); free bytes for this user. */
  fileSystem(path: string): { readonly isMemory: boolean; readonly availableBytes: number; readonly typeName: string };
  /** mallopt(3) M_ARENA_MAX and M_TRIM_THRESHOLD for this process; glibc only. */
  limitArenas(arenas: number): void;
  /** malloc_trim(3). */
  trimHeap(): void;
  /** Bytes of all live segments of the process by kind, counted natively: what the ledger is compared with. */
  liveSegmentBytes(): { readonly anonymous: number; readonly shared: number; readonly file: number };

  // share_exports.cc
  /** An abstract Unix socket of that name; EADDRINUSE while anybody has it. Two parts at most, which are duplicated, and 4096 bytes of metadata. */
  handover(name: string, parts: SharedPart[], metadata: string): NativeHandover;
  /**
   * Asks the process `pid` of our own user, for at most so long. EPERM where the name belongs to somebody else, ECONNREFUSED where nobody has
   * it, ETIMEDOUT, EBADMSG for a message of another kind or a part outside its file.
   */
  receiveHandover(name: string, pid: number, timeoutMs: number): ReceivedHandover;
  /** A descriptor that keeps an abstract name until it is closed or this process ends; EADDRINUSE while anybody has it. */
  takeName(name: string): number;
  jobLedgerCreate(): NativeJobLedger;
  /** Maps one that was handed over; the descriptor is duplicated. EBADMSG unless size, seals and marks are those of a ledger. */
  jobLedgerOpen(fd: number): NativeJobLedger;

  // media_exports.cc
  /** Takes the descriptor over, unless it throws: EINVAL for frames larger than a slot or a credit outside 1..capacity. */
  framePump(fd: number, pool: NativePool, frameBytes: number, creditFrames: number): NativeFramePump;
  /** Squared error and SSIM per plane of two slots, on a native thread. Slots must be out; they are retained for the job. bitsPerSample 8 to 16 (little endian above 8). */
  comparePlanes(
    a: NativePool,
    slotA: number,
    b: NativePool,
    slotB: number,
    planes: PlanePair[],
    bitsPerSample: number,
  ): Promise<PlaneScore[]>;
  /** XXH64 (seed 0) of a range of a slot, 16 hex digits. */
  hashSlot(pool: NativePool, slot: number, offsetBytes: number, lengthBytes: number): string;
  /** XXH64 (seed 0) of bytes, 16 hex digits. */
  hashBytes(bytes: Uint8Array): string;
  /** Mean absolute luma difference of two slots over a 1/4 x 1/4 subsampled grid, scaled to 8 bits: 0 = equal, above about 30 = another scene. */
  sceneChange(a: NativePool, slotA: number, b: NativePool, slotB: number, plane: PlanePair, bitsPerSample: number): number;
  /** Instruction set the kernels use now: "avx2", "sse2", "neon", "scalar"; `use` forces one (tests and benches). */
  simd(use?: "auto" | "scalar"): string;

  // sequence_exports.cc
  reduction(segment: NativeSegment, options: ReductionOptions): NativeReduction;
  restoration(segment: NativeSegment): NativeRestoration;
  expansion(segment: NativeSegment, options: ExpansionOptions): NativeExpansion;
  /** Bytes of the segment that the stage needs at least. */
  ingestBytes(request: IngestRequest): number;
  fewestClusterBytes(request: ClusterRequest, longestLength: number): number;
  fewestOutputBytes(request: ReducedOutputRequest): number;
  /** With which so many threads decode at once; 80 bytes a block of the delta file come on top. */
  fewestRestoreBytes(threads: number): number;
  /** 80 bytes a block of the delta file come on top. */
  fewestExpansionBytes(): number;

  // parse_exports.cc
  messageParser(segment: NativeSegment, options: MessageParserOptions): NativeMessageParser;
  /** Bytes of the segment with which messages of usual size are read. */
  fewestParserBytes(options: MessageParserOptions, request: ParseRequest): number;

  // compression_exports.cc
  /**
   * One LZ4 block (no frame) into `target`, level 1 (fastest) to 9. Returns its bytes, or 0 when it does not fit. `scratch` is 256 KiB,
   * aligned to 4; source at most 2 GiB.
   */
  lz4Compress(source: Uint8Array, target: Uint8Array, scratch: Uint8Array, level: number): number;
  /** The same on a native thread, of the first `sourceBytes` of a segment. The three segments are pinned until it resolves. */
  lz4CompressAsync(
    source: NativeSegment,
    sourceBytes: number,
    target: NativeSegment,
    scratch: NativeSegment,
    level: number,
  ): Promise<number>;
  /**
   * Fills `target` with exactly its length from one block; false when the block does not hold just that. The block may lie at the end of
   * the same memory, 32 bytes and a 256th of its length beyond the target.
   */
  lz4Decompress(block: Uint8Array, target: Uint8Array): boolean;

  /** Memory that decoding zstd frames takes whose matches reach back at most so far. */
  zstdBytes(historyBytes: number): number;
  /** A frame begins, in memory of `zstdBytes(historyBytes)` or more that is aligned to 8; whatever was there is gone. */
  zstdBegin(memory: Uint8Array, historyBytes: number): void;
  /**
   * The plain bytes of the frame's next block (RFC 8878, 3.1.1.2), as a view of the memory that holds until the next call; undefined for a
   * damaged one. `header` is the three bytes in front of it, `content` exactly what they announce.
   */
  zstdBlock(memory: Uint8Array, header: number, content: Uint8Array): Uint8Array | undefined;
  /** What the frame's checksum must be: the low 32 bits of XXH64 of all its plain bytes. */
  zstdChecksum(memory: Uint8Array): number;

  // profile_exports.cc
  /** Throws the errno of what could not be started. A root that is not there makes an empty tree. */
  sampler(options: NativeSamplerOptions): NativeSampler;
  /** For `spawn`, and then for `sampler`. */
  tracer(): NativeTracer;
}
