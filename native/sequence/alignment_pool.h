#pragma once

#include <cstdint>
#include <mutex>
#include <span>

#include "../core/job.h"

namespace mm {

/// Cells for the wavefronts of one alignment.
using AlignmentMatrix = std::span<int32_t>;

/// A bounded set of matrices, loaned one at a time to each thread: the first whose capacity fits. There are as many of
/// the largest as threads, so nobody waits.
class AlignmentPool {
 public:
  static constexpr unsigned kMostThreads = 64;

  AlignmentPool() = default;
  AlignmentPool(const AlignmentPool&) = delete;
  AlignmentPool& operator=(const AlignmentPool&) = delete;

  /// For each thread a small matrix and a large one. False when the memory does not hold them.
  bool create(Grant& memory, unsigned threads, size_t smallCells, size_t largeCells);
  static size_t bytes(unsigned threads, size_t smallCells, size_t largeCells) {
    return threads * (smallCells + largeCells) * sizeof(int32_t) + 64;
  }

  /// Empty when no matrix is as large.
  AlignmentMatrix acquire(size_t cells);
  void release(AlignmentMatrix matrix);

 private:
  std::mutex mutex_;
  /// Those that are free, the smallest first.
  AlignmentMatrix free_[2 * kMostThreads];
  size_t freeCount_ = 0;
};

}  // namespace mm
