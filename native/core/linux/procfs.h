#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "../status.h"

namespace mm {

struct ProcessMemory {
  uint64_t anonBytes = 0;
  uint64_t fileBytes = 0;
  uint64_t sharedBytes = 0;
  uint64_t swapBytes = 0;
  uint64_t dataBytes = 0;
  uint64_t peakResidentBytes = 0;
  uint64_t pageTableBytes = 0;
  uint64_t threads = 0;
};

/// /proc/<pid>/status (proc(5)). ESRCH when the process is gone.
Result<ProcessMemory> readProcessMemory(pid_t pid);

/// Clock ticks from boot to the start of a process, which with its pid tells it from all others (field 22 of /proc/<pid>/stat). ESRCH when it
/// is gone or dead: a zombie holds no memory.
Result<uint64_t> readStartTicks(pid_t pid);

/// The process and its descendants, itself first. Empty when it is gone.
std::vector<pid_t> listProcessTree(pid_t root);

}  // namespace mm
