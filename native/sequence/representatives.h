#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"
#include "kmer_table.h"
#include "record.h"
#include "round_room.h"
#include "sequence_arena.h"

namespace mm {

struct Representative {
  RecordNumber number = 0;
  uint64_t clusterSize = 1;
  ArenaRef payload;
  uint64_t length = 0;
};

/// The representatives of a round in rank order: their k-mers in a table, their packed residues in an arena, both
/// growing until the memory is full. Many threads may read while nobody adds.
class Representatives {
 public:
  Representatives() = default;
  Representatives(const Representatives&) = delete;
  Representatives& operator=(const Representatives&) = delete;

  /// Takes all of `memory`. expectedKmers: of all representatives, for the size of the table. False when there is too
  /// little.
  bool create(Grant memory, Alphabet alphabet, uint64_t expectedKmers);
  static size_t fewestBytes(size_t payloadBytes, size_t kmers);

  uint32_t count() const { return count_; }
  /// False when it does not fit; nothing is changed then. Without k-mers nobody finds it, so only its number is kept.
  bool add(RecordNumber number, uint64_t length, std::span<const uint8_t> payload, std::span<const SketchKmer> sketch,
           KmerCensus& census);
  const Representative& operator[](uint32_t index) const { return blocks_[index / kBlockCount][index % kBlockCount]; }
  Representative& operator[](uint32_t index) { return blocks_[index / kBlockCount][index % kBlockCount]; }
  bool residues(uint32_t index, PackedResidues& out) const;
  const KmerTable& kmers() const { return kmers_; }
  void clear();

 private:
  static constexpr size_t kBlockCount = 1024;

  Alphabet alphabet_ = Alphabet::nucleotide;
  RoundRoom room_;
  KmerTable kmers_;
  SequenceArena arena_;
  std::span<Representative*> blocks_;
  uint32_t count_ = 0;
};

}  // namespace mm
