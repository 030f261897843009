#include "text_position.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace mm {

namespace {

constexpr bool isNewline(uint8_t byte) {
  return byte == '\n';
}
/// The first byte of a character.
constexpr bool isLead(uint8_t byte) {
  return (byte & 0xC0) != 0x80;
}

struct ScalarCounts {
  static uint64_t newlines(std::span<const uint8_t> bytes) {
    return static_cast<uint64_t>(std::count_if(bytes.begin(), bytes.end(), isNewline));
  }
  static uint64_t characters(std::span<const uint8_t> bytes) {
    return static_cast<uint64_t>(std::count_if(bytes.begin(), bytes.end(), isLead));
  }
};

#if defined(__x86_64__)
/// `matches` gives 0xFF for each byte that counts. A byte of `sums` counts up to 255 of them.
template <typename Matches>
uint64_t countSixteens(std::span<const uint8_t> bytes, Matches matches) {
  const __m128i zero = _mm_setzero_si128();
  uint64_t count = 0;
  while (bytes.size() >= 16) {
    const size_t sixteens = std::min<size_t>(bytes.size() / 16, 255);
    __m128i sums = zero;
    for (size_t at = 0; at < sixteens; ++at) {
      sums = _mm_sub_epi8(sums, matches(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + 16 * at))));
    }
    const __m128i halves = _mm_sad_epu8(sums, zero);
    count += static_cast<uint64_t>(_mm_cvtsi128_si64(halves)) + static_cast<uint64_t>(_mm_extract_epi16(halves, 4));
    bytes = bytes.subspan(16 * sixteens);
  }
  return count;
}

struct VectorCounts {
  static uint64_t newlines(std::span<const uint8_t> bytes) {
    const __m128i newline = _mm_set1_epi8('\n');
    return countSixteens(bytes, [&](__m128i sixteen) { return _mm_cmpeq_epi8(sixteen, newline); }) +
           ScalarCounts::newlines(bytes.last(bytes.size() % 16));
  }
  static uint64_t characters(std::span<const uint8_t> bytes) {
    // As signed numbers, the bytes that go on with a character are the lowest.
    const __m128i last = _mm_set1_epi8(static_cast<char>(0xBF));
    return countSixteens(bytes, [&](__m128i sixteen) { return _mm_cmpgt_epi8(sixteen, last); }) +
           ScalarCounts::characters(bytes.last(bytes.size() % 16));
  }
};
#else
using VectorCounts = ScalarCounts;
#endif

template <typename Counts>
TextPosition advancedBy(TextPosition from, std::span<const uint8_t> bytes) {
  from.offset += bytes.size();
  const uint64_t lines = Counts::newlines(bytes);
  if (lines != 0) {
    from.line += lines;
    from.column = 1;
    const void* last = ::memrchr(bytes.data(), '\n', bytes.size());
    bytes = bytes.subspan(static_cast<size_t>(static_cast<const uint8_t*>(last) - bytes.data()) + 1);
  }
  from.column += Counts::characters(bytes);
  return from;
}

}  // namespace

TextPosition advanced(TextPosition from, std::span<const uint8_t> bytes) {
  return advancedBy<VectorCounts>(from, bytes);
}

TextPosition advancedScalar(TextPosition from, std::span<const uint8_t> bytes) {
  return advancedBy<ScalarCounts>(from, bytes);
}

}  // namespace mm
