import { expect, test } from "vitest";
import { readSystemLimits } from "../../src/memory/system-limits.ts";
import { kernelTree } from "./kernel-tree.ts";

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max data size             1073741824           unlimited            bytes
Max open files            1024                 4096                 files
Max locked memory         8388608              8388608              bytes
Max address space         unlimited            unlimited            bytes
`;

test("limits and settings are read as the kernel writes them", () => {
  using tree = kernelTree({
    "proc/self/limits": LIMITS,
    "proc/self/maps": "7f00-7f01 r-xp 0 08:01 5    /usr/lib/x86_64-linux-gnu/libjemalloc.so.2\n",
    "proc/meminfo": "CommitLimit:    2048 kB\nCommitted_AS:    1024 kB\n",
    "proc/sys/vm/max_map_count": "65530\n",
    "proc/sys/vm/overcommit_memory": "2\n",
    "proc/sys/kernel/shmmax": "18446744073692774399\n",
    "proc/sys/kernel/yama/ptrace_scope": "1\n",
    "proc/sys/kernel/perf_event_paranoid": "-1\n",
  });
  expect(readSystemLimits(tree)).toEqual({
    dataBytes: 1024 ** 3,
    addressSpaceBytes: null,
    lockedBytes: 8388608,
    openFiles: 1024,
    mappings: 65530,
    overcommit: { mode: 2, limitBytes: 2048 * 1024, committedBytes: 1024 * 1024 },
    segmentBytes: null,
    ptraceScope: 1,
    perfParanoid: -1,
    allocator: "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2",
  });
});

test("what is not shown is null", () => {
  using tree = kernelTree({});
  const { overcommit, ...others } = readSystemLimits(tree);
  expect(Object.values(others).every((value) => value === null)).toBe(true);
  expect(overcommit.mode).toBe(null);
});
