#pragma once

#include "job.h"

namespace mm {

/// Which keys the slots of a cache hold, in sets of four; the least recently used of a set goes.
class CacheSlots {
 public:
  /// How many slots of `each` bytes, and what is kept of them here, lie in so many bytes: not many more than `most`. 0 when
  /// they hold no set.
  static size_t fitting(size_t bytes, size_t each, uint64_t most);
  /// False when the memory is too small. `count` is a multiple of kWays, and not 0.
  bool start(size_t count, Grant& memory);

  /// The slot that holds the key, or the one to be filled with it.
  size_t find(uint64_t key, bool& isHeld);
  void forget(size_t slot) { keys_[slot] = kNoKey; }

 private:
  static constexpr size_t kWays = 4;
  static constexpr uint64_t kNoKey = UINT64_MAX;
  std::span<uint64_t> keys_;
  std::span<uint64_t> uses_;
  uint64_t clock_ = 0;
};

}  // namespace mm
