#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace mm {

/// A number as decimal digits, with a byte before them.
class Decimal {
 public:
  Decimal(uint64_t value, char before) {
    do {
      digits_[--start_] = static_cast<uint8_t>('0' + value % 10);
      value /= 10;
    } while (value > 0);
    digits_[--start_] = static_cast<uint8_t>(before);
  }
  std::span<const uint8_t> bytes() const { return std::span(digits_).subspan(start_); }

 private:
  std::array<uint8_t, 21> digits_;
  size_t start_ = 21;
};

}  // namespace mm
