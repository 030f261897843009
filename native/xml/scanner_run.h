#pragma once

// The loop that every text goes through, for the files that XmlScanner is made of.

#include "byte_runs.h"
#include "scanner.h"
#include "utf8.h"

namespace mm {

template <uint8_t a, uint8_t b, uint8_t c>
inline XmlScanner::Stop XmlScanner::run(const uint8_t*& at) {
  const uint8_t* const last = end();
  for (;;) {
    at = runEnd<PlainBytes<a, b, c>>(at, last);
    if (at == last) break;
    if (*at == a || *at == b || *at == c) return Stop::byte;
    do {
      const Utf8Character character = *at < 0x80 ? Utf8Character{} : decodeUtf8(at, last);
      const bool isCutOff = *at >= 0x80 && character.length == 0 && !character.isWrong;
      if (isCutOff && !isEnd_) return Stop::windowEnd;
      if (!isXmlCharacter(character.codePoint) || character.length == 0) {
        refuseAt(character.isWrong || isCutOff ? XmlError::utf8 : XmlError::character, offsetOf(at));
        return Stop::refused;
      }
      at += character.length;
    } while (at != last && *at >= 0x80);
  }
  if (!isEnd_ && !window_.empty() && last[-1] == '\r' && offsetOf(at) > cursor_) --at;
  return Stop::windowEnd;
}

}  // namespace mm
