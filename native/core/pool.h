#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "bitmap.h"
#include "linux/region.h"
#include "status.h"

namespace mm {

/// Equal slots over a mapping, taken by bitmap and shared by reference count. Every call but `close` is safe from any
/// thread; the pool pins the mapping until it is closed.
class Pool {
 public:
  static Result<std::shared_ptr<Pool>> create(std::shared_ptr<Region> region, size_t slotBytes, size_t alignmentBytes,
                                              bool clearOnRelease);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  uint32_t capacity() const { return capacity_; }
  size_t slotBytes() const { return slotBytes_; }
  size_t strideBytes() const { return strideBytes_; }
  uint32_t available() const { return closed() ? 0 : bitmap_->available(); }
  uint64_t loans() const { return loans_.load(std::memory_order_relaxed); }
  uint32_t peakInUse() const { return peakInUse_.load(std::memory_order_relaxed); }

  uint8_t* slotData(uint32_t index) { return base_ + static_cast<size_t>(index) * strideBytes_; }
  bool isOut(uint32_t index) const { return references(index) > 0; }
  uint32_t references(uint32_t index) const;

  /// A slot with one reference, or -1 when all are out or the pool is closed.
  int64_t loan();
  /// As `loan`, but waits for a slot until `stop` is set and `wake` was called. -1 when stopped.
  int64_t loanWait(const std::atomic<bool>& stop);
  /// Makes every `loanWait` look at its stop flag.
  void wake();
  /// New count, or -1 when the slot is not out.
  int64_t retain(uint32_t index);
  /// What remains, or -1 when the slot is not out. At 0 the slot is free.
  int64_t release(uint32_t index);

  /// A native thread that loans on its own keeps the pool from being closed. False when it is closed already.
  bool attach();
  void detach();

  bool closed() const { return closed_.load(std::memory_order_acquire); }
  /// Unpins the mapping. EBUSY while slots are out or a thread is attached. Idempotent. Only on the owner's thread.
  Status close();

 private:
  Pool(std::shared_ptr<Region> region, size_t slotBytes, size_t strideBytes, bool clearOnRelease,
       std::unique_ptr<AtomicBitmap> bitmap, std::unique_ptr<std::atomic<uint32_t>[]> references);

  const std::shared_ptr<Region> region_;
  uint8_t* const base_;
  const uint32_t capacity_;
  const size_t slotBytes_;
  const size_t strideBytes_;
  const bool clearOnRelease_;
  const std::unique_ptr<AtomicBitmap> bitmap_;
  const std::unique_ptr<std::atomic<uint32_t>[]> references_;
  std::atomic<uint64_t> loans_{0};
  std::atomic<uint32_t> inUse_{0};
  std::atomic<uint32_t> peakInUse_{0};
  std::atomic<bool> closed_{false};
  std::atomic<uint32_t> attached_{0};
  std::atomic<uint32_t> waiters_{0};
  std::mutex mutex_;
  std::condition_variable freed_;
};

}  // namespace mm
