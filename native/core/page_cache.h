#pragma once

#include "cache_slots.h"
#include "linux/spill_file.h"

namespace mm {

/// A temporary file that is complete, read anywhere; pages of it stay in the memory that was given.
class PageCache {
 public:
  static constexpr size_t kPageBytes = size_t{16} << 10;
  static constexpr size_t kFewestBytes = size_t{128} << 10;
  /// Takes no more of the memory than the file fills. False when it is too small.
  bool start(const SpillFile& file, Grant& memory);

  Outcome read(uint64_t position, std::span<uint8_t> out);
  template <typename Value>
  Outcome readValue(uint64_t position, Value& value) {
    return read(position, {reinterpret_cast<uint8_t*>(&value), sizeof value});
  }

 private:
  Outcome page(uint64_t number, std::span<const uint8_t>& bytes);

  const SpillFile* file_ = nullptr;
  CacheSlots slots_;
  std::span<uint8_t> pages_;
};

}  // namespace mm
