#include "hit_alignment.h"

#include <cstring>

namespace mm {

namespace {

/// No alignment is longer: sums of them do not overflow.
constexpr uint64_t kLongest = uint64_t{1} << 40;

bool isDigit(uint8_t byte) {
  return byte >= '0' && byte <= '9';
}
bool isLetter(uint8_t byte) {
  return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}
uint8_t upper(uint8_t letter) {
  return static_cast<uint8_t>(letter & 0xDF);
}
/// Where a step of cs:Z begins.
bool isOperator(uint8_t byte) {
  return byte == ':' || byte == '=' || byte == '*' || byte == '+' || byte == '-' || byte == '~';
}

/// 0 when the text is no number, or too large a one.
uint64_t number(std::span<const uint8_t> digits) {
  uint64_t value = 0;
  for (const uint8_t digit : digits) {
    if (!isDigit(digit) || value >= kLongest) return 0;
    value = value * 10 + (digit - '0');
  }
  return value < kLongest ? value : 0;
}

bool areLetters(std::span<const uint8_t> text) {
  for (const uint8_t byte : text) {
    if (!isLetter(byte)) return false;
  }
  return !text.empty();
}

/// "12M"
bool readCigar(std::span<const uint8_t> token, HitStep& step) {
  constexpr char kLetters[] = "=XMIDN";
  const char* letter = token.empty() ? nullptr : std::strchr(kLetters, token.back());
  if (letter == nullptr || *letter == 0) return false;
  step = {.kind = static_cast<HitStep::Kind>(letter - kLetters), .length = number(token.first(token.size() - 1))};
  return step.length > 0;
}

/// ":12", "=ACGT", "*ag", "+ac", "-ac", "~gt12ag": of the pair the target's residue is the first.
bool readDifference(std::span<const uint8_t> token, HitStep& step) {
  const auto value = token.subspan(1);
  step = {.length = value.size()};
  switch (token[0]) {
    case ':':
      step.length = number(value);
      return step.length > 0;
    case '=':
      return areLetters(value);
    case '*':
      step = {.kind = HitStep::Kind::differ, .length = 1};
      if (value.size() != 2 || !areLetters(value)) return false;
      step.query = upper(value[1]);
      return true;
    case '+':
      step.kind = HitStep::Kind::insert;
      return areLetters(value);
    case '-':
      step.kind = HitStep::Kind::erase;
      return areLetters(value);
    default:
      if (value.size() < 5) return false;
      step = {.kind = HitStep::Kind::skip, .length = number(value.subspan(2, value.size() - 4))};
      return step.length > 0;
  }
}

}  // namespace

std::span<const uint8_t> HitAlignment::Steps::takeToken() {
  const bool isCigar = notation_ == Notation::cigar;
  size_t at = isBackward_ ? rest_.size() - 1 : isCigar ? 0 : 1;
  if (isBackward_) {
    if (isCigar) {
      while (at > 0 && isDigit(rest_[at - 1])) --at;
    } else {
      while (at > 0 && !isOperator(rest_[at])) --at;
    }
    const auto token = rest_.subspan(at);
    rest_ = rest_.first(at);
    return token;
  }
  if (isCigar) {
    while (at < rest_.size() && isDigit(rest_[at])) ++at;
    if (at < rest_.size()) ++at;
  } else {
    while (at < rest_.size() && !isOperator(rest_[at])) ++at;
  }
  const auto token = rest_.first(at);
  rest_ = rest_.subspan(at);
  return token;
}

bool HitAlignment::Steps::next(HitStep& step) {
  if (isDamaged_ || rest_.empty()) return false;
  const auto token = takeToken();
  const bool isRead = notation_ == Notation::cigar ? readCigar(token, step)
                                                   : isOperator(token[0]) && readDifference(token, step);
  isDamaged_ = !isRead;
  return isRead;
}

bool HitAlignment::sums(Sums& out) const {
  out = {};
  Steps steps(*this, false);
  HitStep step;
  while (steps.next(step)) {
    if (step.takesQuery()) out.query += step.length;
    if (step.takesTarget()) out.target += step.length;
    if (step.kind == HitStep::Kind::unknown) out.unknown += step.length;
    if (out.query >= kLongest || out.target >= kLongest) return false;
  }
  return !steps.damaged() && !text_.empty();
}

}  // namespace mm
