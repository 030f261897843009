#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// XXH64 with seed 0 (xxHash specification 0.1.1, "XXH64 algorithm description"). `bytes` may be null when length is 0.
uint64_t xxh64(const uint8_t* bytes, size_t length);

/// The same hash of bytes that come in pieces.
class Xxh64 {
 public:
  Xxh64() { restart(); }
  void restart();
  void update(std::span<const uint8_t> bytes);
  /// Of all pieces so far; more may follow.
  uint64_t digest() const;

 private:
  static constexpr size_t kStripeBytes = 32;

  std::array<uint64_t, 4> accumulators_;
  uint64_t length_;
  /// The bytes behind the last whole stripe: length_ % kStripeBytes.
  std::array<uint8_t, kStripeBytes> tail_;
};

}  // namespace mm
