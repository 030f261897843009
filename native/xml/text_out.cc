#include "text_out.h"

#include <algorithm>

#include "../core/decimal.h"
#include "../core/linux/output_file.h"

namespace mm {

void TextOut::bytes(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kMostRoom);
    std::memcpy(room(count), bytes.data(), count);
    used_ += count;
    bytes = bytes.subspan(count);
  }
}

void TextOut::integer(int64_t value) {
  const bool isNegative = value < 0;
  const Decimal digits(isNegative ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), '-');
  bytes(isNegative ? digits.bytes() : digits.bytes().subspan(1));
}

void TextOut::write() {
  if (outcome_.ok()) {
    outcome_ = writeAll(fd_, buffer_.first(used_));
    written_ += used_;
  }
  used_ = 0;
}

}  // namespace mm
