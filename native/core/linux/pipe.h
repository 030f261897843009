#pragma once

#include <cstddef>

#include "../status.h"
#include "unique_fd.h"

namespace mm {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
  /// What the kernel granted.
  size_t sizeBytes = 0;
};

/// A close-on-exec pipe. The size is a wish: above /proc/sys/fs/pipe-max-size, or with the user's pages used up, the
/// kernel refuses (EPERM) and the pipe keeps its default.
Result<Pipe> openPipe(size_t sizeBytes);

}  // namespace mm
