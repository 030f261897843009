#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// A character beyond ASCII. `length` is 0 where the bytes are cut off but right so far, or wrong.
struct Utf8Character {
  uint32_t codePoint = 0;
  uint32_t length = 0;
  bool isWrong = false;
};

/// Of the first byte, which is 0x80 or more. The Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing
/// above U+10FFFF.
inline Utf8Character decodeUtf8(const uint8_t* at, const uint8_t* end) {
  constexpr Utf8Character kCutOff{};
  constexpr Utf8Character kWrong{0, 0, true};
  const uint8_t lead = at[0];
  if (lead < 0xC2 || lead > 0xF4) return kWrong;
  const uint32_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  uint32_t codePoint = lead & (0x7Fu >> length);
  for (uint32_t byte = 1; byte < length; ++byte) {
    if (at + byte == end) return kCutOff;
    if (at[byte] < low || at[byte] > high) return kWrong;
    codePoint = codePoint << 6 | (at[byte] & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {codePoint, length};
}

/// XML 1.0 production 2, of code points that UTF-8 may have.
constexpr bool isXmlCharacter(uint32_t codePoint) {
  if (codePoint < 0x20) return codePoint == '\t' || codePoint == '\n' || codePoint == '\r';
  return codePoint < 0xD800 || (codePoint > 0xDFFF && codePoint < 0xFFFE) ||
         (codePoint > 0xFFFF && codePoint < 0x110000);
}

}  // namespace mm
