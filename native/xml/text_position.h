#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// Where something is in an input, counted from 1. Lines end with '\n'; columns are Unicode characters.
struct TextPosition {
  uint64_t offset = 0;
  uint64_t line = 1;
  uint64_t column = 1;
};

/// Where one comes to from there behind these bytes.
TextPosition advanced(TextPosition from, std::span<const uint8_t> bytes);

/// Its scalar twin.
TextPosition advancedScalar(TextPosition from, std::span<const uint8_t> bytes);

}  // namespace mm
