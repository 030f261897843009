#pragma once

#include <cstring>
#include <span>

#include "../core/job.h"

namespace mm {

// Rows of numbers of a compiled table (src/ddex/compiled-rows.ts), which nobody vouches for.

/// No rows are as good as any.
template <typename Number, typename Row>
bool copyRows(std::span<const Number> numbers, std::span<const Row>& rows, Grant& memory) {
  if (numbers.size_bytes() % sizeof(Row) != 0 || numbers.size_bytes() > UINT32_MAX) return false;
  if (numbers.empty()) return true;
  const std::span<Row> copy = memory.take<Row>(numbers.size_bytes() / sizeof(Row));
  if (copy.empty()) return false;
  std::memcpy(copy.data(), numbers.data(), numbers.size_bytes());
  rows = copy;
  return true;
}

inline bool isWithin(uint64_t first, uint64_t count, size_t size) {
  return first <= size && count <= size - first;
}

/// Whether each string, which is an offset and a length, is in the text.
inline bool areStrings(std::span<const uint32_t> strings, size_t textBytes) {
  for (size_t at = 0; at < strings.size(); at += 2) {
    if (at + 1 == strings.size() || !isWithin(strings[at], strings[at + 1], textBytes)) return false;
  }
  return true;
}

}  // namespace mm
