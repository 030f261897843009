#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bytes.h"

namespace mm {

/// How the bytes of a column are coded: rans is the range variant of asymmetric numeral systems, order 0, 12-bit frequencies, four 32-bit
/// states in turn, 16 bits at a time. docs/formats/mmd.md gives every byte.
enum class Coding : uint8_t { empty = 0, stored = 1, constant = 2, rans = 3 };

/// Enough room for the coded form of so many bytes.
constexpr size_t codedBound(size_t bytes) { return bytes + 32; }

/// Appends the column in the smallest of the codings. The result is a function of the bytes alone.
void encodeColumn(std::span<const uint8_t> column, ByteWriter& out);

/// Reads one column into the start of `out`. False when the bytes are none, or are more than `out` holds.
bool decodeColumn(ByteReader& in, std::span<uint8_t> out, size_t& byteLength);

}  // namespace mm
