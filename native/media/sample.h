#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mm {

/// Sample `index` of a row: a byte, or two bytes little endian, at any alignment.
template <typename Sample>
inline uint64_t loadSample(const uint8_t* row, size_t index) {
  Sample sample;
  std::memcpy(&sample, row + index * sizeof(Sample), sizeof(Sample));
  return sample;
}

}  // namespace mm
