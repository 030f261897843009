#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace mm {

/// ASCII that character data may have: all but control characters, of which TAB, LF and CR are allowed.
constexpr bool isAsciiCharacter(uint8_t byte) {
  return (byte >= 0x20 && byte < 0x80) || byte == '\t' || byte == '\n' || byte == '\r';
}
constexpr bool isXmlSpace(uint8_t byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/// ASCII that begins a name, or goes on with one. The colon is in neither: it is for namespaces.
constexpr bool isAsciiNameStart(uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}
constexpr bool isAsciiNameByte(uint8_t byte) {
  return isAsciiNameStart(byte) || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.';
}

template <bool (*isIn)(uint8_t)>
inline constexpr std::array<bool, 256> kByteSet = [] {
  std::array<bool, 256> set{};
  for (size_t byte = 0; byte < set.size(); ++byte) set[byte] = isIn(static_cast<uint8_t>(byte));
  return set;
}();

/// Bytes of ASCII character data that are none of three: what a run of text, of a value or of a comment is made of.
template <uint8_t a, uint8_t b, uint8_t c>
struct PlainBytes {
  static constexpr bool has(uint8_t byte) { return isAsciiCharacter(byte) && byte != a && byte != b && byte != c; }
#if defined(__x86_64__)
  /// Bit n is set where byte n is not one of them.
  static unsigned stops(__m128i bytes) {
    const auto is = [&](uint8_t byte) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(byte))); };
    // As signed numbers, bytes beyond ASCII are below the space too.
    const __m128i isLow = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
    const __m128i isSpace = _mm_or_si128(is('\t'), _mm_or_si128(is('\n'), is('\r')));
    const __m128i isEnd = _mm_or_si128(is(a), _mm_or_si128(is(b), is(c)));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(isEnd, _mm_andnot_si128(isSpace, isLow))));
  }
#endif
};

/// Bytes of names, of ASCII.
struct NameBytes {
  static constexpr bool has(uint8_t byte) { return isAsciiNameByte(byte); }
#if defined(__x86_64__)
  static unsigned stops(__m128i bytes) {
    const auto isIn = [](__m128i in, uint8_t first, uint8_t count) {
      const __m128i from = _mm_sub_epi8(in, _mm_set1_epi8(static_cast<char>(first)));
      return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8(static_cast<char>(count - 1))), from);
    };
    const __m128i isLetter = isIn(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
    const __m128i isDigit = isIn(bytes, '0', 10);
    const __m128i isSign = isIn(bytes, '-', 2);
    const __m128i isLine = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
    const __m128i isName = _mm_or_si128(_mm_or_si128(isLetter, isDigit), _mm_or_si128(isSign, isLine));
    return static_cast<unsigned>(_mm_movemask_epi8(isName)) ^ 0xFFFF;
  }
#endif
};

/// To the first byte that is not in the set, else the end.
template <typename Set>
const uint8_t* runEndScalar(const uint8_t* at, const uint8_t* end) {
  while (at != end && kByteSet<Set::has>[*at]) ++at;
  return at;
}

#if defined(__x86_64__)
template <typename Set>
inline const uint8_t* runEnd(const uint8_t* at, const uint8_t* end) {
  for (; end - at >= 16; at += 16) {
    const unsigned stops = Set::stops(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
    if (stops != 0) return at + std::countr_zero(stops);
  }
  return runEndScalar<Set>(at, end);
}
#else
template <typename Set>
inline const uint8_t* runEnd(const uint8_t* at, const uint8_t* end) {
  return runEndScalar<Set>(at, end);
}
#endif

}  // namespace mm
