#include "typed_value.h"

#include <array>
#include <string_view>

namespace mm {

namespace {

constexpr int64_t kMostExact = (int64_t{1} << 53) - 1;

std::string_view trimmed(std::span<const uint8_t> text) {
  constexpr std::string_view kWhite = " \t\n\r";
  const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
  const size_t first = view.find_first_not_of(kWhite);
  return first == std::string_view::npos ? std::string_view() : view.substr(first, view.find_last_not_of(kWhite) + 1 - first);
}

/// Takes digits from the front, one at least, as a number that is exact.
std::optional<int64_t> takeDigits(std::string_view& text) {
  int64_t value = 0;
  size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    value = 10 * value + (text[at] - '0');
    if (value > kMostExact) return std::nullopt;
  }
  if (at == 0) return std::nullopt;
  text.remove_prefix(at);
  return value;
}

bool takeLetter(std::string_view& text, char letter) {
  const bool isIt = !text.empty() && text.front() == letter;
  if (isIt) text.remove_prefix(1);
  return isIt;
}

/// Behind the point of seconds: thousandths, rounded.
std::optional<int64_t> takeThousandths(std::string_view& text) {
  int64_t value = 0;
  size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (at < 3) value = 10 * value + (text[at] - '0');
    if (at == 3 && text[at] >= '5') ++value;
  }
  if (at == 0) return std::nullopt;
  for (size_t missing = at; missing < 3; ++missing) value *= 10;
  text.remove_prefix(at);
  return value;
}

struct Unit {
  char letter;
  int64_t milliseconds;
};

/// Takes numbers with these units, in this order, each once at most. False when something is no such number.
bool takeUnits(std::string_view& text, std::span<const Unit> units, int64_t& sum, size_t& taken) {
  while (!text.empty() && text.front() != 'T') {
    const std::optional<int64_t> number = takeDigits(text);
    if (!number) return false;
    int64_t thousandths = 0;
    const bool hasPoint = takeLetter(text, '.');
    if (hasPoint) {
      const std::optional<int64_t> behind = takeThousandths(text);
      if (!behind) return false;
      thousandths = *behind;
    }
    while (!units.empty() && (text.empty() || units.front().letter != text.front())) units = units.subspan(1);
    if (units.empty() || (hasPoint && units.front().letter != 'S')) return false;
    const int64_t each = units.front().milliseconds;
    if (*number > (kMostExact - thousandths - sum) / each) return false;
    sum += *number * each + thousandths;
    units = units.subspan(1);
    text.remove_prefix(1);
    ++taken;
  }
  return true;
}

}  // namespace

std::optional<bool> flagOf(std::span<const uint8_t> text) {
  const std::string_view word = trimmed(text);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  return std::nullopt;
}

std::optional<int64_t> integerOf(std::span<const uint8_t> text) {
  std::string_view rest = trimmed(text);
  const bool isNegative = takeLetter(rest, '-');
  if (!isNegative) takeLetter(rest, '+');
  const std::optional<int64_t> value = takeDigits(rest);
  if (!value || !rest.empty()) return std::nullopt;
  return isNegative ? -*value : *value;
}

std::optional<int64_t> millisecondsOf(std::span<const uint8_t> text) {
  constexpr std::array kDays = {Unit{'D', 86'400'000}};
  constexpr std::array kTimes = {Unit{'H', 3'600'000}, Unit{'M', 60'000}, Unit{'S', 1000}};
  std::string_view rest = trimmed(text);
  int64_t sum = 0;
  size_t taken = 0;
  if (!takeLetter(rest, 'P') || !takeUnits(rest, kDays, sum, taken)) return std::nullopt;
  if (takeLetter(rest, 'T')) {
    taken = 0;
    if (!takeUnits(rest, kTimes, sum, taken) || !rest.empty()) return std::nullopt;
  }
  if (taken == 0) return std::nullopt;
  return sum;
}

std::optional<bool> explicitnessOf(std::span<const uint8_t> text) {
  const std::string_view word = trimmed(text);
  if (word == "Explicit") return true;
  if (word == "NotExplicit" || word == "ExplicitContentEdited") return false;
  return std::nullopt;
}

}  // namespace mm
