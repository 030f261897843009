#include "pipe.h"

#include <fcntl.h>

#include <algorithm>
#include <climits>

namespace mm {

Result<Pipe> openPipe(size_t sizeBytes) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Status::last("pipe2");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1]), 0};
  const int wanted = static_cast<int>(std::min<size_t>(sizeBytes, INT_MAX));
  if (wanted > 0) fcntl(pipe.writer.get(), F_SETPIPE_SZ, wanted);
  const int granted = fcntl(pipe.writer.get(), F_GETPIPE_SZ);
  if (granted < 0) return Status::last("fcntl");
  pipe.sizeBytes = static_cast<size_t>(granted);
  return pipe;
}

}  // namespace mm
