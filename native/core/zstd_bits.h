#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace mm {

/// Bits that were written forwards and are read from their end (RFC 8878, 4.1 and 4.2.2): the last byte's highest set bit is a mark, and the
/// bits below it come first. Beyond the beginning there are zeros, and `left` is below 0.
class BackwardBits {
 public:
  explicit BackwardBits(std::span<const uint8_t> bytes) : bytes_(bytes) {
    // Without a mark there is nothing to read, and less than nothing left.
    if (!bytes.empty() && bytes.back() != 0) left_ = static_cast<int64_t>(bytes.size() - 1) * 8 + std::bit_width(bytes.back()) - 1;
  }

  int64_t left() const { return left_; }

  /// The next bits without taking them, 32 at most.
  uint32_t peek(unsigned count) const {
    const int64_t begin = left_ - count;
    if (begin >= 0) return static_cast<uint32_t>(load(static_cast<size_t>(begin)) & ((uint64_t{1} << count) - 1));
    if (left_ <= 0) return 0;
    return static_cast<uint32_t>((load(0) & ((uint64_t{1} << left_) - 1)) << -begin);
  }
  /// The next 44 bits without taking them, of as many or more.
  uint64_t peek44() const { return load(static_cast<size_t>(left_ - 44)) & ((uint64_t{1} << 44) - 1); }
  void skip(unsigned count) { left_ -= count; }
  uint32_t read(unsigned count) {
    const uint32_t value = peek(count);
    skip(count);
    return value;
  }

 private:
  /// The bits from there on, 57 or more where there are so many.
  uint64_t load(size_t bit) const {
    const size_t byte = bit / 8;
    uint64_t value = 0;
    if (byte + sizeof value <= bytes_.size()) {
      std::memcpy(&value, bytes_.data() + byte, sizeof value);
    } else {
      std::memcpy(&value, bytes_.data() + byte, bytes_.size() - byte);
    }
    return value >> (bit % 8);
  }

  std::span<const uint8_t> bytes_;
  int64_t left_ = -1;
};

static_assert(std::endian::native == std::endian::little, "bits are read as they lie in memory");

}  // namespace mm
