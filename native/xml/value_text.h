#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// Copies a piece of character data with its line ends as XML 1.0 section 2.11 says: CR LF and CR become LF. Returns
/// the bytes written; `to` has room for as many as the piece has. Pieces of a tape never part CR from LF, so each
/// stands for itself.
size_t copyText(std::span<const uint8_t> piece, uint8_t* to);

/// As copyText for a piece of an attribute's value (section 3.3.3): TAB, LF, CR and CR LF become a space.
size_t copyValue(std::span<const uint8_t> piece, uint8_t* to);

/// Writes a code point that a token of a character has, 4 bytes at most. Returns the bytes written.
size_t encodeUtf8(uint32_t codePoint, uint8_t* to);

}  // namespace mm
