#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

constexpr size_t kMostVarintBytes = 10;

/// LEB128 of 64 bits. @returns bytes written; 0 when they do not fit.
inline size_t encodeVarint(uint64_t value, std::span<uint8_t> out) {
  size_t bytes = 0;
  for (;;) {
    if (bytes == out.size()) return 0;
    const uint8_t low = value & 0x7F;
    value >>= 7;
    out[bytes++] = value == 0 ? low : low | 0x80;
    if (value == 0) return bytes;
  }
}

/// @returns bytes read; 0 when the value is cut off or needs more than 64 bits.
inline size_t decodeVarint(std::span<const uint8_t> in, uint64_t& value) {
  value = 0;
  for (size_t bytes = 0; bytes < in.size() && bytes < kMostVarintBytes; ++bytes) {
    const uint64_t low = in[bytes] & 0x7F;
    if (bytes == 9 && low > 1) return 0;
    value |= low << (7 * bytes);
    if (in[bytes] < 0x80) return bytes + 1;
  }
  return 0;
}

}  // namespace mm
