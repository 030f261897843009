#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scanner.h"

namespace mm {

/// Why a message is refused.
struct ParseFailure {
  static constexpr size_t kMostTextBytes = 512;

  /// As src/ddex/problem-codes.ts names it; nullptr: it is not.
  const char* code = nullptr;
  TextPosition position;
  char text[kMostTextBytes];
  size_t textBytes = 0;

  bool isThere() const { return code != nullptr; }
  std::string_view message() const { return {text, textBytes}; }

  void set(const char* failureCode, TextPosition at, std::string_view what);
  /// What does not fit is left out; names are cut between characters.
  void add(std::string_view more);
  void addName(std::span<const uint8_t> name);
  void addNumber(uint64_t number);
};

/// Of a scanner that has failed, before its window moves.
void describe(const XmlScanner& scanner, ParseFailure& failure);

}  // namespace mm
