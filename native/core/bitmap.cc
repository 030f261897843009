#include "bitmap.h"

#include <bit>
#include <new>

namespace mm {
namespace {

constexpr uint32_t kWordBits = 64;

}  // namespace

std::unique_ptr<AtomicBitmap> AtomicBitmap::create(uint32_t capacity) {
  const uint32_t wordCount = static_cast<uint32_t>((static_cast<uint64_t>(capacity) + kWordBits - 1) / kWordBits);
  std::unique_ptr<std::atomic<uint64_t>[]> words(new (std::nothrow) std::atomic<uint64_t>[wordCount]());
  if (!words) return nullptr;
  return std::unique_ptr<AtomicBitmap>(new (std::nothrow) AtomicBitmap(capacity, std::move(words)));
}

AtomicBitmap::AtomicBitmap(uint32_t capacity, std::unique_ptr<std::atomic<uint64_t>[]> words)
    : capacity_(capacity),
      wordCount_(static_cast<uint32_t>((static_cast<uint64_t>(capacity) + kWordBits - 1) / kWordBits)),
      words_(std::move(words)) {
  // Bits past the capacity are taken for ever, so that no search can find them.
  const uint32_t rest = capacity % kWordBits;
  if (rest != 0) words_[wordCount_ - 1].store(~uint64_t{0} << rest, std::memory_order_relaxed);
}

int64_t AtomicBitmap::acquireIn(uint32_t word) {
  std::atomic<uint64_t>& bits = words_[word];
  uint64_t seen = bits.load(std::memory_order_relaxed);
  while (~seen != 0) {
    const int bit = std::countr_one(seen);
    // Sequentially consistent, so that a waiter which announced itself cannot miss a release (Pool::loanWait).
    if (bits.compare_exchange_weak(seen, seen | (uint64_t{1} << bit))) return int64_t{word} * kWordBits + bit;
  }
  return -1;
}

int64_t AtomicBitmap::acquire() {
  const uint32_t start = hint_.load(std::memory_order_relaxed);
  for (uint32_t step = 0; step < wordCount_; ++step) {
    uint32_t word = start + step;
    if (word >= wordCount_) word -= wordCount_;
    const int64_t index = acquireIn(word);
    if (index < 0) continue;
    if (step != 0) hint_.store(word, std::memory_order_relaxed);
    taken_.fetch_add(1, std::memory_order_relaxed);
    return index;
  }
  return -1;
}

bool AtomicBitmap::release(uint32_t index) {
  if (index >= capacity_) return false;
  const uint64_t bit = uint64_t{1} << (index % kWordBits);
  if ((words_[index / kWordBits].fetch_and(~bit) & bit) == 0) return false;
  taken_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

uint32_t AtomicBitmap::available() const {
  // A release on another thread may be counted before the acquire it undoes.
  const int32_t taken = static_cast<int32_t>(taken_.load(std::memory_order_relaxed));
  return taken <= 0 ? capacity_ : capacity_ - static_cast<uint32_t>(taken);
}

}  // namespace mm
