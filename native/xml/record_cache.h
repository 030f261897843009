#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"

namespace mm {

/// Keeps byte records by key in the memory it was given; the oldest make room for new ones.
class RecordCache {
 public:
  /// Of one record, more than its bytes.
  static constexpr size_t kRecordOverheadBytes = 16;
  /// The least memory that holds a record of so many bytes.
  static size_t fewestBytes(size_t recordBytes);

  /// Empty. False when the memory is too small for anything.
  bool start(std::span<uint8_t> memory);

  /// Empty when it is not held. Valid until the next room().
  std::span<const uint8_t> find(uint64_t key) const;
  /// Room for a record that is not held, aligned to 8 bytes; empty when it is more than the cache holds.
  std::span<uint8_t> room(uint64_t key, size_t byteLength);

  uint64_t evictions() const { return evictions_; }

 private:
  static constexpr size_t kWays = 4;
  static constexpr uint64_t kNoKey = UINT64_MAX;
  struct Slot {
    uint64_t key;
    uint64_t position;
  };
  /// In front of each record in the ring. A record without a key was pushed out of its set, or fills the end of the ring.
  struct Head {
    uint64_t key;
    uint64_t byteLength;
  };
  static_assert(sizeof(Head) == kRecordOverheadBytes);

  std::span<Slot> setOf(uint64_t key) const;
  Head& headAt(size_t position) const { return *reinterpret_cast<Head*>(ring_.data() + position); }
  void evictOldest();
  void pushOut(Slot& slot);

  std::span<Slot> slots_;
  std::span<uint8_t> ring_;
  /// Records lie in [oldest_, newest_), or in [oldest_, end_) and [0, newest_) when `isWrapped_`.
  size_t oldest_ = 0;
  size_t newest_ = 0;
  size_t end_ = 0;
  bool isWrapped_ = false;
  uint64_t evictions_ = 0;
};

}  // namespace mm
