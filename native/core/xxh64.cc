#include "xxh64.h"

#include <bit>
#include <cstring>

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

using Accumulators = std::array<uint64_t, 4>;

constexpr Accumulators kStart = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};

/// Takes in whole 32-byte stripes, four accumulators side by side.
void addStripes(Accumulators& accumulators, const uint8_t* bytes, const uint8_t* end) {
  auto [one, two, three, four] = accumulators;
  for (; bytes != end; bytes += 32) {
    one = mixLane(one, readLane<uint64_t>(bytes));
    two = mixLane(two, readLane<uint64_t>(bytes + 8));
    three = mixLane(three, readLane<uint64_t>(bytes + 16));
    four = mixLane(four, readLane<uint64_t>(bytes + 24));
  }
  accumulators = {one, two, three, four};
}

uint64_t mergeStripes(const Accumulators& accumulators) {
  const auto [one, two, three, four] = accumulators;
  uint64_t hash = std::rotl(one, 1) + std::rotl(two, 7) + std::rotl(three, 12) + std::rotl(four, 18);
  for (const uint64_t accumulator : accumulators) hash = converge(hash, accumulator);
  return hash;
}

/// The hash of all from that of the stripes and the bytes behind them.
uint64_t addTail(uint64_t hash, const uint8_t* tail, size_t tailBytes) {
  size_t at = 0;
  for (; at + 8 <= tailBytes; at += 8) {
    hash = std::rotl(hash ^ mixLane(0, readLane<uint64_t>(tail + at)), 27) * kPrime1 + kPrime4;
  }
  if (at + 4 <= tailBytes) {
    hash = std::rotl(hash ^ (readLane<uint32_t>(tail + at) * kPrime1), 23) * kPrime2 + kPrime3;
    at += 4;
  }
  for (; at < tailBytes; ++at) hash = std::rotl(hash ^ (tail[at] * kPrime5), 11) * kPrime1;
  return avalanche(hash);
}

}  // namespace

uint64_t xxh64(const uint8_t* bytes, size_t length) {
  const size_t stripeBytes = length / 32 * 32;
  Accumulators accumulators = kStart;
  if (stripeBytes != 0) addStripes(accumulators, bytes, bytes + stripeBytes);
  const uint64_t hash = stripeBytes == 0 ? kPrime5 : mergeStripes(accumulators);
  return addTail(hash + length, bytes + stripeBytes, length - stripeBytes);
}

void Xxh64::restart() {
  accumulators_ = kStart;
  length_ = 0;
}

void Xxh64::update(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  const size_t held = length_ % kStripeBytes;
  length_ += bytes.size();
  if (held != 0) {
    const size_t lacking = kStripeBytes - held;
    const size_t taken = bytes.size() < lacking ? bytes.size() : lacking;
    std::memcpy(tail_.data() + held, bytes.data(), taken);
    if (taken < lacking) return;
    addStripes(accumulators_, tail_.data(), tail_.data() + kStripeBytes);
    bytes = bytes.subspan(taken);
  }
  const size_t stripeBytes = bytes.size() / kStripeBytes * kStripeBytes;
  addStripes(accumulators_, bytes.data(), bytes.data() + stripeBytes);
  if (stripeBytes != bytes.size()) std::memcpy(tail_.data(), bytes.data() + stripeBytes, bytes.size() - stripeBytes);
}

uint64_t Xxh64::digest() const {
  const uint64_t hash = length_ < kStripeBytes ? kPrime5 : mergeStripes(accumulators_);
  return addTail(hash + length_, tail_.data(), length_ % kStripeBytes);
}

}  // namespace mm
