#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mm {

/// Takes `count` blocks of 64 bytes into the state.
struct Sha256Kernel {
  const char* name;
  void (*addBlocks)(std::array<uint32_t, 8>& state, const uint8_t* blocks, size_t count);
};

/// What this processor can run, the fastest first, the scalar one last.
std::span<const Sha256Kernel> usableSha256Kernels();

/// SHA-256 (FIPS 180-4, section 6.2) of bytes that come in pieces.
class Sha256 {
 public:
  explicit Sha256(const Sha256Kernel& kernel = usableSha256Kernels().front()) : kernel_(kernel) {}
  void update(std::span<const uint8_t> bytes);
  /// Of all pieces so far; more may follow.
  std::array<uint8_t, 32> digest() const;

 private:
  static constexpr size_t kBlockBytes = 64;

  Sha256Kernel kernel_;
  /// FIPS 180-4, section 5.3.3.
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint64_t length_ = 0;
  /// The bytes behind the last whole block: length_ % kBlockBytes.
  std::array<uint8_t, kBlockBytes> tail_{};
};

}  // namespace mm
