#include "value_interner.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mm {

namespace {

uint64_t hashOf(std::span<const uint8_t> value) {
  constexpr uint64_t kFactor = 0x9FB21C651E98DF25;
  uint64_t hash = value.size() * kFactor;
  size_t at = 0;
  uint64_t eight = 0;
  for (; at + sizeof eight <= value.size(); at += sizeof eight) {
    std::memcpy(&eight, value.data() + at, sizeof eight);
    hash = std::rotl(hash ^ eight, 23) * kFactor;
  }
  uint64_t rest = 0;
  for (; at < value.size(); ++at) rest = rest << 8 | value[at];
  return std::rotl(hash ^ rest, 23) * kFactor;
}

}  // namespace

bool ValueInterner::start(Grant& memory) {
  entries_ = memory.take<Entry>(kEntries);
  turn_ = 0;
  return !entries_.empty();
}

void ValueInterner::begin() {
  if (turn_ == 0 || turn_ == UINT32_MAX) {
    std::ranges::fill(entries_, Entry{});
    turn_ = 0;
  }
  ++turn_;
}

uint32_t ValueInterner::firstOf(std::span<const uint8_t> bytes, uint32_t offset, uint32_t length) {
  if (length > kMostBytes) return offset;
  constexpr unsigned kShift = 64 - std::countr_zero(kEntries);
  Entry& entry = entries_[hashOf(bytes.subspan(offset, length)) >> kShift];
  if (entry.turn == turn_ && entry.length == length &&
      std::memcmp(bytes.data() + entry.offset, bytes.data() + offset, length) == 0) {
    return entry.offset;
  }
  entry = {turn_, offset, length};
  return offset;
}

}  // namespace mm
