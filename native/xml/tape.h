#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "../core/job.h"

namespace mm {

/// What a token of a message is. Comments, processing instructions and the declaration leave none.
enum class TokenKind : uint32_t {
  /// The name of a start tag, prefix included. Its attributes follow.
  startTag,
  /// The name of an attribute, prefix included. Its value follows, as pieces.
  attribute,
  /// Bytes of an attribute's value as they stand, white space included. Long ones come in several pieces; CR and LF are
  /// never parted.
  valueText,
  /// A character reference in an attribute's value: `offset` is the code point, `length` the bytes of its UTF-8.
  valueCharacter,
  /// Bytes of character data or of a CDATA section as they stand, CR included. Long ones come in several pieces, as
  /// valueText.
  text,
  /// A character reference in character data, as valueCharacter.
  character,
  /// The end of the innermost open element, also of one written <a/>: `offset` is behind its `>`, `length` is 0.
  endTag,
};

/// Tokens of a window in columns, in document order. Offsets are bytes from the window's start.
struct Tape {
  static constexpr size_t kBytesPerToken = 3 * sizeof(uint32_t);

  std::span<uint32_t> kinds;
  std::span<uint32_t> offsets;
  std::span<uint32_t> lengths;
  size_t count = 0;

  /// False when the memory does not hold so many.
  bool start(Grant& memory, size_t capacity);
  size_t capacity() const { return kinds.size(); }
  bool isFull() const { return count == kinds.size(); }
  void add(TokenKind kind, size_t offset, size_t length) {
    kinds[count] = static_cast<uint32_t>(kind);
    offsets[count] = static_cast<uint32_t>(offset);
    lengths[count] = static_cast<uint32_t>(length);
    ++count;
  }
};

}  // namespace mm
