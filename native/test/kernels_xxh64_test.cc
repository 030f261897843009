// Published vectors of xxHash (its sanity check's buffer and results for seed 0), and prefixes of every tail length.

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "../core/xxh64.h"
#include "check.h"

namespace {

uint64_t hashText(std::string_view text) {
  return mm::xxh64(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

std::array<uint8_t, 4096> sanityBuffer() {
  std::array<uint8_t, 4096> bytes{};
  uint64_t generator = 2654435761;
  for (uint8_t& byte : bytes) {
    byte = static_cast<uint8_t>(generator >> 56);
    generator *= 11400714785074694797u;
  }
  return bytes;
}

struct Vector {
  size_t length;
  uint64_t hash;
};

// Lengths on both sides of each branch: no stripe, one, many; tails of 8, 4 and 1 bytes.
constexpr Vector kVectors[] = {
    {0, 0xEF46DB3751D8E999},  {1, 0xE934A84ADB052768},   {4, 0x9136A0DCA57457EE},
    {14, 0x8282DCC4994E35C8}, {31, 0x299B39A290E6D783},  {32, 0x18B216492BB44B70},
    {63, 0xA9EFBE0FA0F3F4E7}, {222, 0xB641AE8CB691C174}, {4096, 0xAB77F4AF85F4E70B},
};

/// Pieces of every length up to more than two stripes give what the whole gives.
void piecesGiveTheHashOfTheWhole(std::span<const uint8_t> bytes) {
  mm::Xxh64 hash;
  for (size_t piece = 1; piece < 80; ++piece) {
    for (const size_t length : {size_t{0}, size_t{31}, size_t{32}, size_t{33}, size_t{500}, size_t{4096}}) {
      hash.restart();
      for (size_t at = 0; at < length; at += piece) {
        const size_t count = length - at < piece ? length - at : piece;
        const std::unique_ptr<uint8_t[]> copy(new uint8_t[count]);
        std::memcpy(copy.get(), bytes.data() + at, count);
        hash.update({copy.get(), count});
      }
      CHECK(hash.digest() == mm::xxh64(bytes.data(), length));
    }
  }
}

}  // namespace

int main() {
  const std::array<uint8_t, 4096> buffer = sanityBuffer();
  for (const Vector& vector : kVectors) {
    // An exact copy on the heap: a read past its end is an error under AddressSanitizer.
    const std::unique_ptr<uint8_t[]> copy(new uint8_t[vector.length]);
    std::memcpy(copy.get(), buffer.data(), vector.length);
    CHECK(mm::xxh64(copy.get(), vector.length) == vector.hash);
  }
  CHECK(mm::xxh64(nullptr, 0) == 0xEF46DB3751D8E999);
  CHECK(mm::xxh64(buffer.data() + 1, 100) != mm::xxh64(buffer.data(), 100));
  CHECK(hashText("a") == 0xD24EC4F1A98C6E5B);
  CHECK(hashText("abc") == 0x44BC2CF5AD770999);
  CHECK(hashText("hello") == 0x26C7827D889F6DA3);
  piecesGiveTheHashOfTheWhole(buffer);
  return checkResult();
}
