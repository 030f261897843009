#include "record_problems.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace mm {

namespace {

struct Words {
  std::string_view code;
  /// Around the value.
  std::string_view before;
  std::string_view behind;
};

constexpr std::array<Words, 7> kWords{{
    {"MISSING_REFERENCE", "", " leads to no resource or party of this message: it is left out, or null"},
    {"DUPLICATE_REFERENCE", "", " is the reference of several resources or parties: the first counts"},
    {"SEQUENCE_ORDER", "sequence number ", " is not above the one before it: the order of the message is kept"},
    {"INVALID_FLAG", "", " is not true, false, 1 or 0: null"},
    {"INVALID_INTEGER", "", " is not a whole number: null"},
    {"INVALID_DURATION", "", " is no duration in days, hours, minutes and seconds: null"},
    {"MORE_PROBLEMS", "", " more problems are not listed"},
}};

std::span<const uint8_t> bytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// How many bytes so many characters have at most.
size_t charactersIn(std::span<const uint8_t> text, size_t most) {
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = (text[at] & 0xC0) != 0x80;
    if (begins && characters++ == most) return at;
  }
  return text.size();
}

}  // namespace

size_t RecordProblems::memoryBytes() {
  return kMostListed * sizeof(Listed) + alignof(Listed);
}

bool RecordProblems::start(Grant& memory) {
  listed_ = memory.take<Listed>(kMostListed);
  return !listed_.empty();
}

void RecordProblems::begin(TextPosition position) {
  position_ = position;
  count_ = 0;
}

void RecordProblems::add(RecordProblem problem, std::span<const uint8_t> value, TextPosition position) {
  if (++count_ > listed_.size()) return;
  Listed& listed = listed_[static_cast<size_t>(count_ - 1)];
  const size_t quoted = charactersIn(value, kMostQuoted);
  std::copy_n(value.data(), quoted, listed.value);
  size_t bytes = quoted;
  if (quoted < value.size()) {
    std::fill_n(listed.value + quoted, 3, '.');
    bytes += 3;
  }
  listed.problem = problem;
  listed.valueBytes = static_cast<uint16_t>(bytes);
  listed.line = position.line;
  listed.column = position.column;
}

void RecordProblems::write(ValueWriter& out) const {
  out.beginList();
  const size_t listed = static_cast<size_t>(std::min<uint64_t>(count_, listed_.size()));
  for (const Listed& one : listed_.first(listed)) writeOne(out, one.problem, {one.value, one.valueBytes}, one.line, one.column);
  if (count_ > listed) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, count_ - listed).ptr;
    writeOne(out, RecordProblem::more, bytesOf({digits, static_cast<size_t>(end - digits)}), position_.line, position_.column);
  }
  out.endList();
}

void RecordProblems::writeOne(ValueWriter& out, RecordProblem problem, std::span<const uint8_t> value, uint64_t line, uint64_t column) {
  const Words& words = kWords[static_cast<size_t>(problem)];
  uint8_t message[kMostQuotedBytes + 100];
  size_t bytes = 0;
  for (const std::span<const uint8_t> part : {bytesOf(words.before), value, bytesOf(words.behind)}) {
    std::copy_n(part.data(), part.size(), message + bytes);
    bytes += part.size();
  }
  out.beginObject();
  out.key(bytesOf("\"code\":"));
  out.text(bytesOf(words.code));
  out.key(bytesOf("\"message\":"));
  out.text({message, bytes});
  out.key(bytesOf("\"line\":"));
  out.integer(static_cast<int64_t>(line));
  out.key(bytesOf("\"column\":"));
  out.integer(static_cast<int64_t>(column));
  out.endObject();
}

}  // namespace mm
