#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"

namespace mm {

/// Finds values that a composite has already: codes, territories, languages and names come again and again, and are kept once. What it remembers is
/// bounded, the newest of equal hashes; a value it has forgotten is kept twice, no more.
class ValueInterner {
 public:
  static constexpr size_t kEntries = 1024;
  static constexpr size_t kMemoryBytes = kEntries * 3 * sizeof(uint32_t) + alignof(uint32_t);
  /// Longer ones are hardly ever the same.
  static constexpr size_t kMostBytes = 64;

  bool start(Grant& memory);
  /// A composite of its own: nothing of the last one is found.
  void begin();

  /// Where bytes[offset, offset + length) is for the first time.
  uint32_t firstOf(std::span<const uint8_t> bytes, uint32_t offset, uint32_t length);

 private:
  struct Entry {
    /// Of the composite.
    uint32_t turn;
    uint32_t offset;
    uint32_t length;
  };

  std::span<Entry> entries_;
  /// 0: the entries are yet to be cleared.
  uint32_t turn_ = 0;
};

}  // namespace mm
