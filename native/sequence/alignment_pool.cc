#include "alignment_pool.h"

#include <algorithm>

namespace mm {

bool AlignmentPool::create(Grant& memory, unsigned threads, size_t smallCells, size_t largeCells) {
  if (threads > kMostThreads) return false;
  for (unsigned at = 0; at < 2 * threads; ++at) {
    const AlignmentMatrix matrix = memory.take<int32_t>(at < threads ? smallCells : largeCells);
    if (matrix.empty()) return false;
    release(matrix);
  }
  return true;
}

AlignmentMatrix AlignmentPool::acquire(size_t cells) {
  const std::lock_guard lock(mutex_);
  for (size_t at = 0; at < freeCount_; ++at) {
    if (free_[at].size() < cells) continue;
    const AlignmentMatrix matrix = free_[at];
    std::copy(free_ + at + 1, free_ + freeCount_, free_ + at);
    --freeCount_;
    return matrix;
  }
  return {};
}

void AlignmentPool::release(AlignmentMatrix matrix) {
  const std::lock_guard lock(mutex_);
  size_t at = freeCount_++;
  for (; at > 0 && free_[at - 1].size() > matrix.size(); --at) free_[at] = free_[at - 1];
  free_[at] = matrix;
}

}  // namespace mm
