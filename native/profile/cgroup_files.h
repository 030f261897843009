#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "proc_file.h"

namespace mm::profile {

/// What a memory cgroup says of itself at a tick.
struct CgroupReading {
  uint64_t usageBytes = 0;
  uint64_t anonBytes = 0;
  /// Shared memory, which is no part of anonBytes.
  uint64_t sharedBytes = 0;
  /// Since the cgroup was made; 0 where the kernel keeps no such time (v1).
  uint64_t someStallMicros = 0;
  uint64_t fullStallMicros = 0;
};

/// The files of a memory cgroup (v1 or v2), held open: memory.peak needs Linux 5.19 on v2.
class CgroupFiles {
 public:
  CgroupFiles(const std::string& folder, int version);

  CgroupReading read() const;
  /// Highest usage as the kernel counted it; absent where it does not.
  std::optional<uint64_t> peakBytes() const;
  uint64_t oomKills() const;

 private:
  const int version_;
  ProcFile usage_;
  ProcFile stat_;
  ProcFile pressure_;
  ProcFile peak_;
  ProcFile events_;
};

}  // namespace mm::profile
