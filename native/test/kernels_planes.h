#pragma once

// Random pictures for the kernel tests, in heap buffers that end with the last sample of the last row.

#include <sanitizer/asan_interface.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>

#include "../media/compare_plane.h"

namespace mm_test {

/// One plane. Under AddressSanitizer the bytes between two rows cannot be read either.
class Plane {
 public:
  explicit Plane(const mm::PlaneShape& shape)
      : shape_(shape), bytes_((shape.height - 1) * shape.strideBytes + rowBytes()), data_(new uint8_t[bytes_]) {
    for (size_t y = 0; y + 1 < shape.height; ++y) {
      ASAN_POISON_MEMORY_REGION(data_.get() + y * shape.strideBytes + rowBytes(), shape.strideBytes - rowBytes());
    }
  }
  ~Plane() { ASAN_UNPOISON_MEMORY_REGION(data_.get(), bytes_); }
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  const uint8_t* data() const { return data_.get(); }

  uint64_t get(size_t x, size_t y) const {
    const uint8_t* at = data_.get() + y * shape_.strideBytes + x * shape_.sampleBytes();
    return shape_.sampleBytes() == 1 ? at[0] : at[0] | static_cast<uint64_t>(at[1]) << 8;
  }

  void set(size_t x, size_t y, uint64_t value) {
    uint8_t* at = data_.get() + y * shape_.strideBytes + x * shape_.sampleBytes();
    at[0] = static_cast<uint8_t>(value);
    if (shape_.sampleBytes() == 2) at[1] = static_cast<uint8_t>(value >> 8);
  }

  /// Every sample from `value(x, y)`.
  template <typename Value>
  void fill(Value value) {
    for (size_t y = 0; y < shape_.height; ++y) {
      for (size_t x = 0; x < shape_.width; ++x) set(x, y, value(x, y));
    }
  }

 private:
  size_t rowBytes() const { return shape_.width * shape_.sampleBytes(); }

  const mm::PlaneShape shape_;
  const size_t bytes_;
  const std::unique_ptr<uint8_t[]> data_;
};

inline uint64_t peakOf(const mm::PlaneShape& shape) {
  return (uint64_t{1} << shape.bitsPerSample) - 1;
}

class Random {
 public:
  size_t between(size_t low, size_t high) { return std::uniform_int_distribution<size_t>(low, high)(engine_); }

  /// Odd and even sizes, tight rows and padded ones.
  mm::PlaneShape shape(size_t width, size_t height, unsigned bitsPerSample) {
    const size_t rowBytes = width * (bitsPerSample > 8 ? 2 : 1);
    return {rowBytes + (between(0, 1) == 0 ? 0 : between(1, 70)), width, height, bitsPerSample};
  }

 private:
  std::mt19937_64 engine_{20240607};
};

}  // namespace mm_test
