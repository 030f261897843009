#include "root_tag.h"

#include <algorithm>
#include <cstring>

namespace mm {

namespace {

/// Of names, pieces of values, and character references in them.
constexpr size_t kMostTokens = 4096;

bool isPiece(TokenKind kind) {
  return kind == TokenKind::valueText || kind == TokenKind::valueCharacter;
}

}  // namespace

bool isNamed(std::span<const uint8_t> name, std::string_view local) {
  if (name.size() < local.size() || (name.size() > local.size() && name[name.size() - local.size() - 1] != ':')) return false;
  return std::memcmp(name.data() + name.size() - local.size(), local.data(), local.size()) == 0;
}

size_t RootTag::memoryBytes(const XmlLimits& limits) {
  return limits.nameBytes + limits.attributeBytes + kMostTokens * Tape::kBytesPerToken + alignof(uint32_t);
}

bool RootTag::start(Grant& memory, const XmlLimits& limits) {
  text_ = memory.take<uint8_t>(limits.nameBytes + limits.attributeBytes);
  return !text_.empty() && tape_.start(memory, kMostTokens);
}

void RootTag::begin(TextPosition position) {
  position_ = position;
  used_ = 0;
  tape_.count = 0;
  isFull_ = false;
}

bool RootTag::take(std::span<const uint8_t> window, const Tape& tape, size_t token) {
  const auto kind = static_cast<TokenKind>(tape.kinds[token]);
  const bool isStart = kind == TokenKind::startTag && tape_.count == 0;
  if (!isStart && kind != TokenKind::attribute && !isPiece(kind)) return false;
  const bool isCharacter = kind == TokenKind::valueCharacter;
  const size_t bytes = isCharacter ? 0 : tape.lengths[token];
  const bool continues = kind == TokenKind::valueText && static_cast<TokenKind>(tape_.kinds[tape_.count - 1]) == TokenKind::valueText;
  isFull_ = bytes > text_.size() - used_ || (!continues && tape_.isFull());
  if (isFull_) return false;
  if (!isCharacter) std::memcpy(text_.data() + used_, window.data() + tape.offsets[token], bytes);
  if (continues) {
    tape_.lengths[tape_.count - 1] += static_cast<uint32_t>(bytes);
  } else {
    tape_.add(kind, isCharacter ? tape.offsets[token] : used_, tape.lengths[token]);
  }
  used_ += bytes;
  return true;
}

std::span<const uint8_t> RootTag::attribute(std::string_view local, std::span<uint8_t> into) const {
  size_t used = 0;
  bool isIt = false;
  for (size_t token = 1; token < tape_.count; ++token) {
    const auto kind = static_cast<TokenKind>(tape_.kinds[token]);
    const std::span<const uint8_t> text = kind == TokenKind::valueCharacter ? std::span<const uint8_t>() : window().subspan(tape_.offsets[token], tape_.lengths[token]);
    if (kind == TokenKind::attribute) {
      if (isIt) break;
      isIt = isNamed(text, local);
    } else if (isIt) {
      const size_t count = std::min(text.size(), into.size() - used);
      std::copy_n(text.data(), count, into.data() + used);
      used += count;
    }
  }
  return into.first(used);
}

}  // namespace mm
