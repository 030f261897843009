#pragma once

#include <array>
#include <span>

namespace mm {

/// Flags of a shape in the delta file.
constexpr uint8_t kCrLfFlag = 1;
constexpr uint8_t kEndsLineFlag = 2;

inline std::span<const uint8_t> lineEnd(bool isCrLf) {
  static constexpr std::array<uint8_t, 2> kCrLf = {'\r', '\n'};
  return isCrLf ? std::span<const uint8_t>(kCrLf) : std::span<const uint8_t>(kCrLf).last(1);
}

}  // namespace mm
