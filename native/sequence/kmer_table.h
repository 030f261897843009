#pragma once

#include <cstdint>
#include <span>

#include "round_room.h"
#include "sketch.h"

namespace mm {

/// How many representatives had a k-mer so far, roughly and never too few. It lives through all rounds and has a fixed size: what is left out
/// of the table for being everywhere does not depend on memory. Counts are halved now and then, else a long input would fill it.
class KmerCensus {
 public:
  static constexpr size_t kBytes = size_t{1} << 20;
  static constexpr uint8_t kMostRepresentatives = 255;

  KmerCensus() = default;
  /// counters: kBytes of them.
  explicit KmerCensus(std::span<uint8_t> counters);
  /// Counts one more; false when the k-mer has been seen too often.
  bool admit(uint64_t key);
  void prefetch(uint64_t key) const { __builtin_prefetch(&counters_[key % kBytes], 1); }

 private:
  std::span<uint8_t> counters_;
  uint64_t admitted_ = 0;
};

/// The k-mers of the round's representatives. Buckets are chains with the youngest first, so those of the last representatives are found
/// without a walk through the others. Read by many threads while nobody adds.
class KmerTable {
 public:
  struct Entry {
    uint32_t tag;
    uint32_t representative;
    uint32_t place;
    /// 1 + index of the next older one of the bucket; 0 = none.
    uint32_t next;
  };
  /// A bucket and a tag tell all kKmerBits apart when there are so many buckets.
  static constexpr unsigned kFewestBucketBits = kKmerBits - 32;

  KmerTable() = default;
  /// heads: a power of two of them, at least 2^kFewestBucketBits. Entries are taken from the start of `room`.
  KmerTable(std::span<uint32_t> heads, RoundRoom& room);

  /// A k-mer that the representative has already, or too many others have, is left out. There is room for an entry.
  void add(const SketchKmer& kmer, uint32_t representative, KmerCensus& census);
  void clear();

  void prefetchBucket(uint64_t key) const { __builtin_prefetch(&heads_[key >> shift_]); }
  void prefetchEntry(uint64_t key) const {
    if (const uint32_t head = heads_[key >> shift_]) __builtin_prefetch(&entries_[head - 1]);
  }
  /// action(entry) for each representative from `first` on that has the k-mer, the youngest first.
  template <typename Action>
  void find(uint64_t key, uint32_t first, Action&& action) const {
    const uint32_t tag = static_cast<uint32_t>(key);
    for (uint32_t at = heads_[key >> shift_]; at != 0;) {
      const Entry& entry = entries_[at - 1];
      if (entry.representative < first) return;
      if (entry.tag == tag) action(entry);
      at = entry.next;
    }
  }

 private:
  std::span<uint32_t> heads_;
  RoundRoom* room_ = nullptr;
  Entry* entries_ = nullptr;
  uint32_t count_ = 0;
  unsigned shift_ = 0;
};

}  // namespace mm
