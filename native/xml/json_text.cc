#include "json_text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace mm {

namespace {

constexpr uint64_t kEach = 0x0101010101010101;
constexpr uint64_t kHighs = 0x80 * kEach;

constexpr bool isEscaped(uint8_t byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

/// The high bit of each byte that is 0; of others too, but only above one that is.
constexpr uint64_t zeros(uint64_t eight) {
  return (eight - kEach) & ~eight & kHighs;
}

bool holdsEscaped(uint64_t eight) {
  const uint64_t controls = (eight - 0x20 * kEach) & ~eight & kHighs;
  return (controls | zeros(eight ^ '"' * kEach) | zeros(eight ^ '\\' * kEach)) != 0;
}

/// Copies up to the first byte that is escaped; how many that are.
size_t copyPlain(const uint8_t* from, size_t count, uint8_t* to) {
  size_t at = 0;
  uint64_t eight;
  for (; at + 8 <= count; at += 8) {
    std::memcpy(&eight, from + at, 8);
    if (holdsEscaped(eight)) break;
    std::memcpy(to + at, &eight, 8);
  }
  if (count >= 8 && at + 8 > count) {
    // The last eight, some of them once more.
    std::memcpy(&eight, from + count - 8, 8);
    if (!holdsEscaped(eight)) {
      std::memcpy(to + count - 8, &eight, 8);
      return count;
    }
  }
  for (; at < count && !isEscaped(from[at]); ++at) to[at] = from[at];
  return at;
}

void writeEscape(TextOut& out, uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  uint8_t* to = out.room(6);
  to[0] = '\\';
  const auto put = [&](char letter) {
    to[1] = static_cast<uint8_t>(letter);
    out.advance(2);
  };
  switch (byte) {
    case '"':
    case '\\':
      return put(static_cast<char>(byte));
    case '\b':
      return put('b');
    case '\t':
      return put('t');
    case '\n':
      return put('n');
    case '\f':
      return put('f');
    case '\r':
      return put('r');
    default:
      std::memcpy(to + 1, "u00", 3);
      to[4] = static_cast<uint8_t>(kDigits[byte >> 4]);
      to[5] = static_cast<uint8_t>(kDigits[byte & 15]);
      out.advance(6);
  }
}

}  // namespace

void JsonText::beginObject() {
  separate();
  out_.byte('{');
  follows_ = false;
}

void JsonText::key(std::span<const uint8_t> quoted) {
  separate();
  out_.bytes(quoted);
  follows_ = false;
}

void JsonText::endObject() {
  out_.byte('}');
  follows_ = true;
}

void JsonText::beginList() {
  separate();
  out_.byte('[');
  follows_ = false;
}

void JsonText::endList() {
  out_.byte(']');
  follows_ = true;
}

void JsonText::text(std::span<const uint8_t> value) {
  separate();
  out_.byte('"');
  while (!value.empty()) {
    const size_t count = std::min(value.size(), TextOut::kMostRoom);
    const size_t copied = copyPlain(value.data(), count, out_.room(count));
    out_.advance(copied);
    if (copied < count) writeEscape(out_, value[copied]);
    value = value.subspan(copied < count ? copied + 1 : count);
  }
  out_.byte('"');
}

void JsonText::integer(int64_t value) {
  separate();
  out_.integer(value);
}

void JsonText::flag(bool value) {
  separate();
  if (value) return out_.text("true");
  out_.text("false");
}

void JsonText::nothing() {
  separate();
  out_.text("null");
}

}  // namespace mm
