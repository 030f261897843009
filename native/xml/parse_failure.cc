#include "parse_failure.h"

#include <algorithm>
#include <charconv>

namespace mm {

namespace {

constexpr size_t kMostNameBytes = 100;

bool isContinuation(uint8_t byte) {
  return (byte & 0xC0) == 0x80;
}

}  // namespace

void ParseFailure::set(const char* failureCode, TextPosition at, std::string_view what) {
  code = failureCode;
  position = at;
  textBytes = 0;
  add(what);
}

void ParseFailure::add(std::string_view more) {
  textBytes += more.copy(text + textBytes, kMostTextBytes - textBytes);
}

void ParseFailure::addName(std::span<const uint8_t> name) {
  size_t count = std::min(name.size(), kMostNameBytes);
  while (count > 0 && count < name.size() && isContinuation(name[count])) --count;
  add({reinterpret_cast<const char*>(name.data()), count});
  if (count < name.size()) add("...");
}

void ParseFailure::addNumber(uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  add({digits, static_cast<size_t>(end - digits)});
}

void describe(const XmlScanner& scanner, ParseFailure& failure) {
  const XmlError error = scanner.error();
  failure.set(xmlErrorCode(error), scanner.errorPosition(), {});
  const auto opened = [&] {
    failure.add("<");
    failure.addName(scanner.openName());
    failure.add("> opened at ");
    failure.addNumber(scanner.openPosition().line);
    failure.add(":");
    failure.addNumber(scanner.openPosition().column);
  };
  if (error == XmlError::tagMismatch) {
    failure.add("</");
    failure.addName(scanner.errorName());
    failure.add("> does not close ");
    return opened();
  }
  failure.add(xmlErrorText(error));
  if (error == XmlError::unclosed && !scanner.openName().empty()) {
    failure.add(": ");
    return opened();
  }
  if (scanner.errorName().empty()) return;
  failure.add(": ");
  failure.addName(scanner.errorName());
}

}  // namespace mm
