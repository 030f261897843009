#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace mm {

/// Lock-free set of taken indices: bit set = taken. Every call is safe from any thread.
class AtomicBitmap {
 public:
  /// nullptr when the words cannot be allocated. capacity must be above 0.
  static std::unique_ptr<AtomicBitmap> create(uint32_t capacity);

  uint32_t capacity() const { return capacity_; }
  /// Takes a free index, or returns -1 when all are taken.
  int64_t acquire();
  /// Frees an index. False when it was free already, or out of range.
  bool release(uint32_t index);
  uint32_t available() const;

 private:
  AtomicBitmap(uint32_t capacity, std::unique_ptr<std::atomic<uint64_t>[]> words);
  int64_t acquireIn(uint32_t word);

  const uint32_t capacity_;
  const uint32_t wordCount_;
  const std::unique_ptr<std::atomic<uint64_t>[]> words_;
  std::atomic<uint32_t> hint_{0};
  std::atomic<uint32_t> taken_{0};
};

}  // namespace mm
