#include "kmer_table.h"

#include <algorithm>
#include <bit>

namespace mm {

namespace {

/// Admissions between two halvings, for each counter: then the mean count is far from the limit.
constexpr uint64_t kAdmittedPerCounter = 16;

}  // namespace

KmerCensus::KmerCensus(std::span<uint8_t> counters) : counters_(counters) {
  std::fill(counters_.begin(), counters_.end(), uint8_t{0});
}

bool KmerCensus::admit(uint64_t key) {
  uint8_t& counter = counters_[key % kBytes];
  if (counter == kMostRepresentatives) return false;
  ++counter;
  if (++admitted_ % (kAdmittedPerCounter * kBytes) == 0) {
    for (uint8_t& each : counters_) each = static_cast<uint8_t>(each / 2);
  }
  return true;
}

KmerTable::KmerTable(std::span<Bucket> buckets, RoundRoom& room)
    : buckets_(buckets),
      room_(&room),
      shift_(kKmerBits - static_cast<unsigned>(std::countr_zero(buckets.size()))) {
  clear();
}

void KmerTable::clear() {
  std::fill(buckets_.begin(), buckets_.end(), Bucket{});
  chunks_ = nullptr;
  chunkCount_ = 0;
}

bool KmerTable::hasAlready(const Bucket& bucket, uint32_t tag, uint32_t representative) const {
  for (uint32_t at = bucket.chunk; at != 0; at = chunks_[at - 1].next) {
    const Chunk& chunk = chunks_[at - 1];
    for (size_t place = chunk.count; place-- > 0;) {
      if (chunk.entries[place].representative != representative) return false;
      if (chunk.entries[place].tag == tag) return true;
    }
  }
  return false;
}

void KmerTable::add(const SketchKmer& kmer, uint32_t representative, KmerCensus& census) {
  Bucket& bucket = buckets_[kmer.key >> shift_];
  const uint32_t tag = static_cast<uint32_t>(kmer.key);
  if (hasAlready(bucket, tag, representative) || !census.admit(kmer.key)) return;
  if (bucket.chunk == 0 || chunks_[bucket.chunk - 1].count == kChunkEntries) {
    auto* chunk = reinterpret_cast<Chunk*>(room_->takeLow(sizeof(Chunk)));
    if (chunkCount_ == 0) chunks_ = chunk;
    chunk->count = 0;
    chunk->next = bucket.chunk;
    bucket.chunk = ++chunkCount_;
  }
  Chunk& chunk = chunks_[bucket.chunk - 1];
  chunk.entries[chunk.count] = {tag, representative, kmer.place};
  ++chunk.count;
  bucket.kinds |= kindOf(kmer.key);
  bucket.youngest = representative;
}

}  // namespace mm
