#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "../core/external_sorter.h"
#include "residues.h"

namespace mm {

/// Number of a record in the input, from 0. Text before the first '>' is no record.
using RecordNumber = uint64_t;
constexpr uint64_t kMostRecords = uint64_t{1} << 40;
/// Longer sequences are never compared: they become representatives as they are.
constexpr uint64_t kLongestCompared = uint64_t{1} << 31;

/// What ingest gives the rank sorter for each record. The key is the rank: longer first, then by the first 48 bits of
/// XXH64 of the residues, then by number, so equal sequences are neighbours. The payload is the packed sequence: codes ·
/// exceptions · u32 bytes of the exceptions · u32 runs · u8 flags (bit 0: 8 bits a residue, bit 1: code 3 is U), see
/// PackedResidues.
struct RankKey {
  uint64_t length;
  uint64_t hash48;
  RecordNumber number;

  SortKey sortKey() const {
    const uint64_t inverse = ((uint64_t{1} << 40) - 1) - length;
    return {inverse << 24 | hash48 >> 24, (hash48 & 0xFFFFFF) << 40 | number};
  }
  static RankKey from(SortKey key) {
    const uint64_t inverse = key.high >> 24;
    return {((uint64_t{1} << 40) - 1) - inverse, (key.high & 0xFFFFFF) << 24 | key.low >> 40, key.low & (kMostRecords - 1)};
  }
};

/// What follows the codes and exceptions in a payload.
struct PayloadTrailer {
  static constexpr size_t kBytes = 9;
  std::array<uint8_t, kBytes> bytes;

  explicit PayloadTrailer(const PackedResidues& packed);
};

/// The packed sequence in a payload of the rank sorter. False when the bytes cannot be one.
bool readPackedPayload(std::span<const uint8_t> payload, uint64_t length, Alphabet alphabet, PackedResidues& out);

}  // namespace mm
