#include "record_cache.h"

#include <algorithm>

namespace mm {

namespace {

constexpr size_t kAlignment = 8;
/// Records are seldom shorter, as the mapper leaves them.
constexpr size_t kUsualRecordBytes = 512;
constexpr size_t kFewestSets = 8;

size_t roundUp(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

size_t RecordCache::fewestBytes(size_t recordBytes) {
  const size_t record = sizeof(Head) + roundUp(recordBytes);
  // The slots are one in so many bytes, rounded down to whole sets.
  return record + record / kUsualRecordBytes * sizeof(Slot) + 2 * kFewestSets * kWays * sizeof(Slot) + kAlignment;
}

bool RecordCache::start(std::span<uint8_t> memory) {
  const size_t sets = std::max(memory.size() / (kUsualRecordBytes + sizeof(Slot)) / kWays, kFewestSets);
  Grant grant(memory);
  slots_ = grant.take<Slot>(sets * kWays, kAlignment);
  ring_ = grant.take<uint8_t>(grant.freeBytes() / kAlignment * kAlignment);
  std::fill(slots_.begin(), slots_.end(), Slot{kNoKey, 0});
  oldest_ = newest_ = end_ = 0;
  isWrapped_ = false;
  return !slots_.empty() && !ring_.empty();
}

std::span<RecordCache::Slot> RecordCache::setOf(uint64_t key) const {
  // Keys are places in a file: neighbours fall into different sets.
  const uint64_t spread = key * 0x9E3779B97F4A7C15;
  const size_t sets = slots_.size() / kWays;
  return slots_.subspan(static_cast<size_t>(static_cast<unsigned __int128>(spread) * sets >> 64) * kWays, kWays);
}

std::span<const uint8_t> RecordCache::find(uint64_t key) const {
  for (const Slot& slot : setOf(key)) {
    if (slot.key != key) continue;
    const size_t position = static_cast<size_t>(slot.position);
    return ring_.subspan(position + sizeof(Head), static_cast<size_t>(headAt(position).byteLength));
  }
  return {};
}

std::span<uint8_t> RecordCache::room(uint64_t key, size_t byteLength) {
  const size_t bytes = sizeof(Head) + roundUp(byteLength);
  if (byteLength > ring_.size() || bytes > ring_.size()) return {};
  // In front of the oldest, or behind the newest up to the end of the ring; there is a gap between the two where they would meet.
  for (;;) {
    if (!isWrapped_) {
      if (oldest_ == newest_) oldest_ = newest_ = 0;
      if (bytes <= ring_.size() - newest_) break;
      end_ = newest_;
      newest_ = 0;
      isWrapped_ = true;
    }
    if (bytes < oldest_ - newest_) break;
    evictOldest();
  }
  const size_t position = newest_;
  newest_ += bytes;
  headAt(position) = {key, byteLength};

  const std::span<Slot> set = setOf(key);
  Slot* chosen = &set[0];
  for (Slot& slot : set) {
    if (slot.key == kNoKey) {
      chosen = &slot;
      break;
    }
  }
  if (chosen->key != kNoKey) pushOut(*chosen);
  // The set's first is its oldest.
  std::rotate(chosen, chosen + 1, set.data() + set.size());
  set.back() = {key, position};
  return ring_.subspan(position + sizeof(Head), byteLength);
}

void RecordCache::pushOut(Slot& slot) {
  headAt(static_cast<size_t>(slot.position)).key = kNoKey;
  slot.key = kNoKey;
  ++evictions_;
}

void RecordCache::evictOldest() {
  const Head head = headAt(oldest_);
  if (head.key != kNoKey) {
    for (Slot& slot : setOf(head.key)) {
      if (slot.key == head.key && slot.position == oldest_) pushOut(slot);
    }
  }
  oldest_ += sizeof(Head) + roundUp(static_cast<size_t>(head.byteLength));
  if (oldest_ < end_) return;
  oldest_ = 0;
  isWrapped_ = false;
}

}  // namespace mm
