#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "../core/bytes.h"
#include "repeats.h"

namespace mm {

/// How the bytes of a column are coded: rans is the range variant of asymmetric numeral systems, order 0, 12-bit
/// frequencies, four 32-bit states in turn, 16 bits at a time; repeats are four columns that say what comes again, see
/// repeats.h. docs/formats/mmd.md gives every byte.
enum class Coding : uint8_t { empty = 0, stored = 1, constant = 2, rans = 3, repeats = 4 };

/// Enough room for the coded form of so many bytes.
constexpr size_t codedBound(size_t bytes) {
  return bytes + 64;
}

/// Appends the column in the smallest of the codings; a finder lets it look for repeats. The result is a function of
/// the bytes alone.
void encodeColumn(std::span<const uint8_t> column, RepeatFinder* finder, ByteWriter& out);

/// Reads one column into the start of `out`. False when the bytes are none, or are more than `out` holds. `scratch`:
/// for columns with repeats, as large as `out`.
bool decodeColumn(ByteReader& in, std::span<uint8_t> scratch, std::span<uint8_t> out, size_t& byteLength);

}  // namespace mm
