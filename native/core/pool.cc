#include "pool.h"

#include <bit>
#include <cstring>
#include <limits>
#include <new>

namespace mm {

Result<std::shared_ptr<Pool>> Pool::create(std::shared_ptr<Region> region, size_t slotBytes, size_t alignmentBytes,
                                           bool clearOnRelease) {
  const Status invalid{EINVAL, "pool"};
  if (region->closed()) return Status{EBADF, "pool"};
  if (!region->writable() || slotBytes == 0 || slotBytes > region->byteLength()) return invalid;
  if (!std::has_single_bit(alignmentBytes) || alignmentBytes > region->byteLength()) return invalid;
  // The slots are as aligned as the mapping is: a window into the middle of a page is not.
  if (reinterpret_cast<uintptr_t>(region->data()) % alignmentBytes != 0) return invalid;
  const size_t strideBytes = (slotBytes + alignmentBytes - 1) & ~(alignmentBytes - 1);
  const size_t capacity = (region->byteLength() - slotBytes) / strideBytes + 1;
  if (capacity > std::numeric_limits<int32_t>::max()) return invalid;

  auto bitmap = AtomicBitmap::create(static_cast<uint32_t>(capacity));
  std::unique_ptr<std::atomic<uint32_t>[]> references(new (std::nothrow) std::atomic<uint32_t>[capacity]());
  if (!bitmap || !references) return Status{ENOMEM, "pool"};
  return std::shared_ptr<Pool>(
      new Pool(std::move(region), slotBytes, strideBytes, clearOnRelease, std::move(bitmap), std::move(references)));
}

Pool::Pool(std::shared_ptr<Region> region, size_t slotBytes, size_t strideBytes, bool clearOnRelease,
           std::unique_ptr<AtomicBitmap> bitmap, std::unique_ptr<std::atomic<uint32_t>[]> references)
    : region_(std::move(region)),
      base_(region_->data()),
      capacity_(bitmap->capacity()),
      slotBytes_(slotBytes),
      strideBytes_(strideBytes),
      clearOnRelease_(clearOnRelease),
      bitmap_(std::move(bitmap)),
      references_(std::move(references)) {
  region_->pin();
}

Pool::~Pool() {
  if (!closed()) region_->unpin();
}

uint32_t Pool::references(uint32_t index) const {
  return index < capacity_ ? references_[index].load(std::memory_order_acquire) : 0;
}

int64_t Pool::loan() {
  if (closed()) return -1;
  const int64_t index = bitmap_->acquire();
  if (index < 0) return -1;
  references_[index].store(1, std::memory_order_release);
  loans_.fetch_add(1, std::memory_order_relaxed);
  const uint32_t inUse = inUse_.fetch_add(1, std::memory_order_relaxed) + 1;
  uint32_t peak = peakInUse_.load(std::memory_order_relaxed);
  while (inUse > peak && !peakInUse_.compare_exchange_weak(peak, inUse, std::memory_order_relaxed)) {
  }
  return index;
}

int64_t Pool::loanWait(const std::atomic<bool>& stop) {
  waiters_.fetch_add(1);
  int64_t index = -1;
  {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] {
      if (stop.load(std::memory_order_acquire)) return true;
      index = loan();
      return index >= 0 || closed();
    });
  }
  waiters_.fetch_sub(1);
  return index;
}

void Pool::wake() {
  const std::lock_guard lock(mutex_);
  freed_.notify_all();
}

int64_t Pool::retain(uint32_t index) {
  if (index >= capacity_) return -1;
  uint32_t seen = references_[index].load(std::memory_order_relaxed);
  do {
    if (seen == 0) return -1;
  } while (!references_[index].compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel));
  return int64_t{seen} + 1;
}

int64_t Pool::release(uint32_t index) {
  if (index >= capacity_) return -1;
  uint32_t seen = references_[index].load(std::memory_order_relaxed);
  do {
    if (seen == 0) return -1;
  } while (!references_[index].compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel));
  if (seen > 1) return int64_t{seen} - 1;

  if (clearOnRelease_) std::memset(slotData(index), 0, slotBytes_);
  inUse_.fetch_sub(1, std::memory_order_relaxed);
  bitmap_->release(index);
  if (waiters_.load() > 0) wake();
  return 0;
}

bool Pool::attach() {
  if (closed()) return false;
  attached_.fetch_add(1);
  return true;
}

void Pool::detach() {
  attached_.fetch_sub(1);
}

Status Pool::close() {
  if (closed()) return {};
  if (inUse_.load() != 0 || attached_.load() != 0) return {EBUSY, "poolClose"};
  closed_.store(true, std::memory_order_release);
  region_->unpin();
  return {};
}

}  // namespace mm
