#pragma once

#include <array>

#include "../core/bytes.h"

namespace mm {

/// The range variant of asymmetric numeral systems: order 0, 12-bit frequencies, four 32-bit states in turn, 16 bits at
/// a time. docs/formats/mmd.md gives every byte.

/// Appends frequencies, states and words of a column with at least two symbols, `counts` being how often each comes. What
/// is free behind them is used meanwhile. False, and nothing is appended, when that would be `mostBytes` or more.
bool encodeRans(std::span<const uint8_t> column, const std::array<uint32_t, 256>& counts, size_t mostBytes,
                ByteWriter& out);

/// Fills `out`. False when the bytes are not exactly such a column.
bool decodeRans(ByteReader in, std::span<uint8_t> out);

}  // namespace mm
