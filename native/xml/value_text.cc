#include "value_text.h"

#include <cstring>

namespace mm {

size_t copyText(std::span<const uint8_t> piece, uint8_t* to) {
  uint8_t* const start = to;
  while (!piece.empty()) {
    const void* found = std::memchr(piece.data(), '\r', piece.size());
    if (found == nullptr) break;
    const size_t before = static_cast<size_t>(static_cast<const uint8_t*>(found) - piece.data());
    std::memcpy(to, piece.data(), before);
    to += before;
    *to++ = '\n';
    piece = piece.subspan(before + 1);
    if (!piece.empty() && piece[0] == '\n') piece = piece.subspan(1);
  }
  if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
  return static_cast<size_t>(to - start) + piece.size();
}

size_t copyValue(std::span<const uint8_t> piece, uint8_t* to) {
  uint8_t* const start = to;
  for (size_t at = 0; at < piece.size(); ++at) {
    const uint8_t byte = piece[at];
    if (byte == '\r' && at + 1 < piece.size() && piece[at + 1] == '\n') continue;
    *to++ = byte == '\t' || byte == '\n' || byte == '\r' ? ' ' : byte;
  }
  return static_cast<size_t>(to - start);
}

size_t encodeUtf8(uint32_t codePoint, uint8_t* to) {
  if (codePoint < 0x80) {
    to[0] = static_cast<uint8_t>(codePoint);
    return 1;
  }
  const size_t length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  for (size_t at = length - 1; at > 0; --at, codePoint >>= 6) to[at] = static_cast<uint8_t>(0x80 | (codePoint & 0x3F));
  to[0] = static_cast<uint8_t>(0xF00 >> length | codePoint);
  return length;
}

}  // namespace mm
