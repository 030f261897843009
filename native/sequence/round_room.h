#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// The memory of one round, taken from both ends until they meet: neither the table nor the sequences need a share
/// fixed beforehand.
class RoundRoom {
 public:
  /// A line of the cache.
  static constexpr size_t kAlignment = 64;

  RoundRoom() = default;
  /// Both ends of `bytes` are aligned to kAlignment.
  explicit RoundRoom(std::span<uint8_t> bytes) : bytes_(bytes), high_(bytes.size()) {}

  size_t freeBytes() const { return high_ - low_; }
  /// From the start, each behind the one before; null when it does not fit. Sizes are multiples of kAlignment.
  uint8_t* takeLow(size_t bytes) {
    if (bytes > freeBytes()) return nullptr;
    low_ += bytes;
    return bytes_.data() + (low_ - bytes);
  }
  uint8_t* takeHigh(size_t bytes) {
    if (bytes > freeBytes()) return nullptr;
    high_ -= bytes;
    return bytes_.data() + high_;
  }
  void clear() {
    low_ = 0;
    high_ = bytes_.size();
  }

 private:
  std::span<uint8_t> bytes_;
  size_t low_ = 0;
  size_t high_ = 0;
};

}  // namespace mm
