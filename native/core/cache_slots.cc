#include "cache_slots.h"

#include <algorithm>

namespace mm {

size_t CacheSlots::fitting(size_t bytes, size_t each, uint64_t most) {
  const uint64_t sets = bytes / ((each + 2 * sizeof(uint64_t)) * kWays);
  return static_cast<size_t>(std::min<uint64_t>(sets, most / kWays + 1)) * kWays;
}

bool CacheSlots::start(size_t count, Grant& memory) {
  keys_ = memory.take<uint64_t>(count);
  uses_ = memory.take<uint64_t>(count);
  if (keys_.empty() || uses_.empty()) return false;
  std::fill(keys_.begin(), keys_.end(), kNoKey);
  std::fill(uses_.begin(), uses_.end(), uint64_t{0});
  return true;
}

size_t CacheSlots::find(uint64_t key, bool& isHeld) {
  const size_t first = key % (keys_.size() / kWays) * kWays;
  size_t oldest = first;
  for (size_t slot = first; slot < first + kWays; ++slot) {
    isHeld = keys_[slot] == key;
    if (isHeld) {
      uses_[slot] = ++clock_;
      return slot;
    }
    if (uses_[slot] < uses_[oldest]) oldest = slot;
  }
  keys_[oldest] = key;
  uses_[oldest] = ++clock_;
  return oldest;
}

}  // namespace mm
