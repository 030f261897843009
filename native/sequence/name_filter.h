#pragma once

#include <array>

#include "../core/bytes.h"
#include "delta_format.h"

namespace mm {

/// Longer names are filtered by so many of their bytes.
constexpr size_t kFilteredNameBytes = 1024;

/// The first word of a header (without '>'): up to the first white space.
std::span<const uint8_t> firstWord(std::span<const uint8_t> header);
uint64_t nameHash(std::span<const uint8_t> name);

/// Names of the records that start in a block, as a Bloom filter: 10 bits a name, 7 of them set for each.
class NameFilter {
 public:
  void clear() { count_ = 0; }
  void add(uint64_t nameHash) {
    if (count_ < hashes_.size()) hashes_[count_++] = nameHash;
  }
  /// The filter and its XXH64; nothing where there are no names.
  void write(ByteWriter& out) const;

 private:
  std::array<uint64_t, kBlockEntries> hashes_;
  size_t count_ = 0;
};

/// False when the hash behind the filter is not its own.
bool isIntactFilter(std::span<const uint8_t> filter);
bool mayHold(std::span<const uint8_t> filter, uint64_t nameHash);

}  // namespace mm
