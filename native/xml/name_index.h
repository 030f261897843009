#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "../core/job.h"

namespace mm {

/// Rows by the node and the name they are for. Names are few and short: a look-up is one probe, nearly always.
class NameIndex {
 public:
  static size_t memoryBytes(size_t rows) { return slotsFor(rows) * sizeof(Slot) + alignof(Slot); }

  /// For so many rows at most.
  bool start(size_t rows, Grant& memory) {
    slots_ = memory.take<Slot>(slotsFor(rows));
    for (Slot& slot : slots_) slot = {};
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(slots_.size()));
    return !slots_.empty();
  }

  /// False when there is a row of that node and name. The name's bytes stay where they are.
  bool add(uint32_t node, std::span<const uint8_t> name, uint32_t row) {
    Slot& slot = slots_[slotOf(node, name)];
    if (slot.row != UINT32_MAX) return false;
    slot = {name.data(), static_cast<uint32_t>(name.size()), node, row};
    return true;
  }

  /// UINT32_MAX when there is none.
  uint32_t find(uint32_t node, std::span<const uint8_t> name) const { return slots_[slotOf(node, name)].row; }

 private:
  struct Slot {
    const uint8_t* name = nullptr;
    uint32_t length = 0;
    uint32_t node = 0;
    uint32_t row = UINT32_MAX;
  };

  /// At most half of them are used, so that a search ends.
  static size_t slotsFor(size_t rows) { return std::bit_ceil(2 * rows + 2); }

  /// Where the row is, or would be.
  size_t slotOf(uint32_t node, std::span<const uint8_t> name) const {
    const size_t mask = slots_.size() - 1;
    for (size_t at = (digest(name) + node * 0x9E3779B97F4A7C15) * 0xFF51AFD7ED558CCD >> shift_;; ++at) {
      const Slot& slot = slots_[at & mask];
      if (slot.row == UINT32_MAX) return at & mask;
      if (slot.node == node && slot.length == name.size() && isEqual(slot.name, name)) return at & mask;
    }
  }

  template <typename Number>
  static Number load(const uint8_t* bytes) {
    Number value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }

  /// Of the first and the last eight bytes.
  static uint64_t digest(std::span<const uint8_t> name) {
    const size_t length = name.size();
    const uint8_t* first = name.data();
    uint64_t low = 0;
    uint64_t high = 0;
    if (length >= 8) {
      low = load<uint64_t>(first);
      high = load<uint64_t>(first + length - 8);
    } else if (length >= 4) {
      low = load<uint32_t>(first);
      high = load<uint32_t>(first + length - 4);
    } else if (length > 0) {
      low = first[0] | first[length / 2] << 8 | first[length - 1] << 16;
    }
    return (low ^ std::rotl(high, 29)) * 0x9FB21C651E98DF25 + length;
  }

  static bool isEqual(const uint8_t* a, std::span<const uint8_t> name) {
    const uint8_t* b = name.data();
    size_t at = 0;
    for (; at + 8 <= name.size(); at += 8) {
      if (load<uint64_t>(a + at) != load<uint64_t>(b + at)) return false;
    }
    if (name.size() >= 8) return load<uint64_t>(a + name.size() - 8) == load<uint64_t>(b + name.size() - 8);
    for (; at < name.size(); ++at) {
      if (a[at] != b[at]) return false;
    }
    return true;
  }

  std::span<Slot> slots_;
  unsigned shift_ = 0;
};

}  // namespace mm
