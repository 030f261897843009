#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "round_room.h"
#include "sketch.h"

namespace mm {

/// How many representatives had a k-mer so far, roughly and never too few. It lives through all rounds and has a fixed
/// size: what is left out of the table for being everywhere does not depend on memory. Counts are halved now and then,
/// else a long input would fill it.
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

/// The k-mers of the round's representatives. A bucket is a chain of chunks with the youngest first; a chunk is a line of
/// the cache, because what a lookup costs is the lines it fetches. Read by many threads while nobody adds.
class KmerTable {
 public:
  struct Entry {
    uint32_t tag;
    uint32_t representative;
    uint32_t place;
  };
  struct Bucket {
    /// A bit for each kind of k-mer that is there: most k-mers that are looked up are not, and this is enough to know it.
    uint64_t kinds;
    /// 1 + number of the youngest chunk; 0 = none.
    uint32_t chunk;
    /// Representative of the youngest entry.
    uint32_t youngest;
  };
  /// A bucket and a tag tell all kKmerBits apart when there are so many buckets.
  static constexpr unsigned kFewestBucketBits = kKmerBits - 32;

  KmerTable() = default;
  /// buckets: a power of two of them, at least 2^kFewestBucketBits. Chunks are taken from the start of `room`.
  KmerTable(std::span<Bucket> buckets, RoundRoom& room);

  /// A k-mer that the representative has already, or too many others have, is left out. There is room for a chunk.
  void add(const SketchKmer& kmer, uint32_t representative, KmerCensus& census);
  void clear();
  /// Of the room, what so many k-mers take at most.
  static size_t mostBytes(size_t kmers, size_t buckets) {
    return std::min(kmers, buckets + kmers / kChunkEntries) * sizeof(Chunk);
  }
  size_t mostBytes(size_t kmers) const { return mostBytes(kmers, buckets_.size()); }
  /// Whether so many chunks can still be numbered.
  bool hasNumbers(size_t kmers) const { return kMostChunks - chunkCount_ >= kmers; }

  void prefetchBucket(uint64_t key) const { __builtin_prefetch(&bucketOf(key)); }
  void prefetchEntries(uint64_t key) const {
    const Bucket& bucket = bucketOf(key);
    if ((bucket.kinds & kindOf(key)) != 0) __builtin_prefetch(&chunks_[bucket.chunk - 1]);
  }
  /// action(entry) for each representative from `first` on that has the k-mer, the youngest first.
  template <typename Action>
  void find(uint64_t key, uint32_t first, Action&& action) const {
    const Bucket& bucket = bucketOf(key);
    if ((bucket.kinds & kindOf(key)) == 0 || bucket.youngest < first) return;
    const uint32_t tag = static_cast<uint32_t>(key);
    for (uint32_t at = bucket.chunk; at != 0; at = chunks_[at - 1].next) {
      const Chunk& chunk = chunks_[at - 1];
      for (size_t place = chunk.count; place-- > 0;) {
        const Entry& entry = chunk.entries[place];
        if (entry.representative < first) return;
        if (entry.tag == tag) action(entry);
      }
    }
  }

 private:
  static constexpr size_t kChunkEntries = 5;
  static constexpr unsigned kCountBits = 3;
  /// 32 GiB of them.
  static constexpr uint32_t kMostChunks = UINT32_MAX >> kCountBits;
  struct Chunk {
    Entry entries[kChunkEntries];
    uint32_t count : kCountBits;
    /// As Bucket::chunk.
    uint32_t next : 32 - kCountBits;
  };
  static_assert(sizeof(Chunk) == RoundRoom::kAlignment);

  const Bucket& bucketOf(uint64_t key) const { return buckets_[key >> shift_]; }
  /// The bits behind those of the bucket.
  uint64_t kindOf(uint64_t key) const { return uint64_t{1} << (key >> (shift_ - 6) & 63); }
  bool hasAlready(const Bucket& bucket, uint32_t tag, uint32_t representative) const;

  std::span<Bucket> buckets_;
  RoundRoom* room_ = nullptr;
  Chunk* chunks_ = nullptr;
  uint32_t chunkCount_ = 0;
  unsigned shift_ = 0;
};

}  // namespace mm
