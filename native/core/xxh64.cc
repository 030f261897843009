#include "xxh64.h"

#include <bit>
#include <cstring>
#include <initializer_list>

namespace mm {

static_assert(std::endian::native == std::endian::little, "lanes are read as they lie in memory");

namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5;

template <typename Lane>
uint64_t readLane(const uint8_t* bytes) {
  Lane value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

uint64_t mixLane(uint64_t accumulator, uint64_t lane) {
  return std::rotl(accumulator + lane * kPrime2, 31) * kPrime1;
}

uint64_t converge(uint64_t hash, uint64_t accumulator) {
  return (hash ^ mixLane(0, accumulator)) * kPrime1 + kPrime4;
}

uint64_t avalanche(uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

/// Hash of whole 32-byte stripes, four accumulators side by side.
uint64_t hashStripes(const uint8_t* bytes, const uint8_t* end) {
  uint64_t one = kPrime1 + kPrime2, two = kPrime2, three = 0, four = 0 - kPrime1;
  for (; bytes != end; bytes += 32) {
    one = mixLane(one, readLane<uint64_t>(bytes));
    two = mixLane(two, readLane<uint64_t>(bytes + 8));
    three = mixLane(three, readLane<uint64_t>(bytes + 16));
    four = mixLane(four, readLane<uint64_t>(bytes + 24));
  }
  uint64_t hash = std::rotl(one, 1) + std::rotl(two, 7) + std::rotl(three, 12) + std::rotl(four, 18);
  for (const uint64_t accumulator : {one, two, three, four}) hash = converge(hash, accumulator);
  return hash;
}

}  // namespace

uint64_t xxh64(const uint8_t* bytes, size_t length) {
  const size_t stripeBytes = length / 32 * 32;
  uint64_t hash = stripeBytes == 0 ? kPrime5 : hashStripes(bytes, bytes + stripeBytes);
  hash += length;
  size_t at = stripeBytes;
  for (; at + 8 <= length; at += 8) {
    hash = std::rotl(hash ^ mixLane(0, readLane<uint64_t>(bytes + at)), 27) * kPrime1 + kPrime4;
  }
  if (at + 4 <= length) {
    hash = std::rotl(hash ^ (readLane<uint32_t>(bytes + at) * kPrime1), 23) * kPrime2 + kPrime3;
    at += 4;
  }
  for (; at < length; ++at) hash = std::rotl(hash ^ (bytes[at] * kPrime5), 11) * kPrime1;
  return avalanche(hash);
}

}  // namespace mm
