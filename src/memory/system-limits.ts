import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";

/** What the system allows this process, beside how much memory there is. null = no limit, or one that is not shown. */
export type SystemLimits = {
  /** RLIMIT_DATA, RLIMIT_AS and RLIMIT_MEMLOCK, soft. */
  readonly dataBytes: number | null;
  readonly addressSpaceBytes: number | null;
  readonly lockedBytes: number | null;
  readonly openFiles: number | null;
  /** vm.max_map_count: mappings of one process. */
  readonly mappings: number | null;
  /** vm.overcommit_memory: 0 = by a guess, 1 = always, 2 = never above the limit. */
  readonly overcommit: { readonly mode: number | null; readonly limitBytes: number; readonly committedBytes: number };
  /** kernel.shmmax: one segment of shmget(2). memfd and shm_open know no such limit. */
  readonly segmentBytes: number | null;
  /** kernel.yama.ptrace_scope and kernel.perf_event_paranoid. */
  readonly ptraceScope: number | null;
  readonly perfParanoid: number | null;
  /** The malloc that is in the place of glibc's in this process, as a path; null = glibc's own. */
  readonly allocator: string | null;
};

/** Source: proc_pid_limits(5), proc_sys_vm(5), proc_sys_kernel(5), proc_meminfo(5), Documentation/admin-guide/LSM/Yama.rst. */
export function readSystemLimits(roots: SystemRoots = SYSTEM_ROOTS): SystemLimits {
  const text = (path: string) => readKernelFile(`${roots.procRoot}/${path}`) ?? "";
  const limits = text("self/limits");
  const soft = (name: string) => numberOf(new RegExp(`^Max ${name} +(\\S+)`, "m").exec(limits)?.[1]);
  const meminfo = text("meminfo");
  const kibibytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(meminfo)?.[1] ?? 0) * 1024;
  const setting = (path: string) => numberOf(text(`sys/${path}`).trim());
  return {
    dataBytes: soft("data size"),
    addressSpaceBytes: soft("address space"),
    lockedBytes: soft("locked memory"),
    openFiles: soft("open files"),
    mappings: setting("vm/max_map_count"),
    overcommit: {
      mode: setting("vm/overcommit_memory"),
      limitBytes: kibibytes("CommitLimit"),
      committedBytes: kibibytes("Committed_AS"),
    },
    segmentBytes: setting("kernel/shmmax"),
    ptraceScope: setting("kernel/yama/ptrace_scope"),
    perfParanoid: setting("kernel/perf_event_paranoid"),
    allocator: /\S*\/lib(?:jemalloc|tcmalloc|mimalloc)\S*/.exec(text("self/maps"))?.[0] ?? null,
  };
}

/** shmmax is next to 2^64 where nobody has set it. */
function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
