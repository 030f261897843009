#pragma once

#include <cstdint>

#include "../status.h"

namespace mm {

struct FileSystem {
  bool isMemory = false;
  /// For this user (f_bavail).
  uint64_t availableBytes = 0;
  /// "ext4", "tmpfs", ...; "unknown" for a type not in the list.
  const char* typeName = "unknown";
};

Result<FileSystem> readFileSystem(const char* path);

/// Writes dirty pages of the range back, waits, and drops them from the page cache. length 0 = to the end.
Status dropCache(int fd, uint64_t offset, uint64_t length);

}  // namespace mm
