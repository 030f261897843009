#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"

namespace mm {

/// What is told of sequences apart from their residues, a column for each fact: a report reads one column at a time.
class SequenceDataSoA {
 public:
  static constexpr size_t kRowBytes = sizeof(uint64_t) + sizeof(uint32_t) + 2 * sizeof(float);
  static size_t bytes(size_t rows, size_t columnAlignment);

  /// Room for so many rows; columns begin at multiples of the alignment, a power of two. False when it does not fit.
  bool create(Grant& memory, size_t rows, size_t columnAlignment);

  size_t count() const { return count_; }
  bool isFull() const { return count_ == ids_.size(); }
  /// Shares from 0 to 1.
  void add(uint64_t id, uint32_t length, float gcContent, float complexity);
  void clear() { count_ = 0; }

  std::span<const uint64_t> ids() const { return ids_.first(count_); }
  std::span<const uint32_t> lengths() const { return lengths_.first(count_); }
  std::span<const float> gcContents() const { return gcContents_.first(count_); }
  std::span<const float> complexities() const { return complexities_.first(count_); }

 private:
  std::span<uint64_t> ids_;
  std::span<uint32_t> lengths_;
  std::span<float> gcContents_;
  std::span<float> complexities_;
  size_t count_ = 0;
};

}  // namespace mm
