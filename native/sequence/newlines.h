#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace mm {

/// Bit n is set where bytes[n] is '\n', for 64 bytes.
inline uint64_t newlinesScalar(const uint8_t* bytes) {
  constexpr uint64_t kEach = 0x0101010101010101;
  uint64_t mask = 0;
  for (unsigned at = 0; at < 64; at += 8) {
    uint64_t eight;
    std::memcpy(&eight, bytes + at, sizeof eight);
    const uint64_t different = eight ^ ('\n' * kEach);
    // The high bit of each byte that is zero; adding 0x7F to seven bits carries into no neighbour.
    const uint64_t zeros = ~(((different & 0x7F * kEach) + 0x7F * kEach) | different | 0x7F * kEach);
    mask |= (zeros >> 7) * 0x0102040810204080 >> 56 << at;
  }
  return mask;
}

#if defined(__x86_64__)
inline uint64_t newlines(const uint8_t* bytes) {
  const __m128i newline = _mm_set1_epi8('\n');
  uint64_t mask = 0;
  for (unsigned at = 0; at < 64; at += 16) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(sixteen, newline)))) << at;
  }
  return mask;
}
#else
inline uint64_t newlines(const uint8_t* bytes) {
  return newlinesScalar(bytes);
}
#endif

}  // namespace mm
