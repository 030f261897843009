#include "name_filter.h"

#include <algorithm>

#include "../core/xxh64.h"

namespace mm {

namespace {

constexpr unsigned kProbes = 7;
constexpr size_t kHashBytes = 8;

/// Calls probe(bit) for each bit of a name, until it says false.
template <typename Probe>
bool eachBit(uint64_t hash, uint64_t bits, Probe&& probe) {
  const uint64_t first = hash & 0xFFFFFFFF;
  const uint64_t stride = hash >> 32 | 1;
  for (unsigned index = 0; index < kProbes; ++index) {
    if (!probe((first + index * stride) % bits)) return false;
  }
  return true;
}

}  // namespace

std::span<const uint8_t> firstWord(std::span<const uint8_t> header) {
  size_t at = 0;
  while (at < header.size() && header[at] != ' ' && (header[at] < '\t' || header[at] > '\r')) ++at;
  return header.first(at);
}

uint64_t nameHash(std::span<const uint8_t> name) {
  return xxh64(name.data(), std::min(name.size(), kFilteredNameBytes));
}

void NameFilter::write(ByteWriter& out) const {
  if (count_ == 0) return;
  const size_t bytes = (count_ * 10 + 7) / 8;
  if (out.rest().size() < bytes) return out.advance(bytes);
  uint8_t* const filter = out.rest().data();
  std::memset(filter, 0, bytes);
  for (const uint64_t hash : std::span(hashes_).first(count_)) {
    eachBit(hash, bytes * 8, [filter](uint64_t bit) {
      filter[bit / 8] |= static_cast<uint8_t>(1 << bit % 8);
      return true;
    });
  }
  out.advance(bytes);
  out.number(xxh64(filter, bytes));
}

bool isIntactFilter(std::span<const uint8_t> filter) {
  if (filter.empty()) return true;
  if (filter.size() <= kHashBytes) return false;
  const size_t bytes = filter.size() - kHashBytes;
  uint64_t hash;
  std::memcpy(&hash, filter.data() + bytes, kHashBytes);
  return hash == xxh64(filter.data(), bytes);
}

bool mayHold(std::span<const uint8_t> filter, uint64_t hash) {
  if (filter.size() <= kHashBytes) return false;
  return eachBit(hash, (filter.size() - kHashBytes) * 8,
                 [filter](uint64_t bit) { return (filter[bit / 8] >> bit % 8 & 1) != 0; });
}

}  // namespace mm
