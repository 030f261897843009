#include "representatives.h"

#include <algorithm>
#include <bit>

namespace mm {

namespace {

/// Of a bucket when the memory is full, at least: they fill the better part of its first chunk.
constexpr size_t kBucketKmers = 3;
/// Of memory for one bucket: itself, its chunks, and the residues its k-mers stand for.
constexpr size_t kBytesPerBucket = 128;
/// K-mers that are looked up ahead of being added.
constexpr size_t kPrefetched = 8;
constexpr size_t kFewestBuckets = size_t{1} << KmerTable::kFewestBucketBits;

}  // namespace

bool Representatives::create(Grant memory, Alphabet alphabet, uint64_t expectedKmers) {
  alphabet_ = alphabet;
  const uint64_t most = std::min<uint64_t>(memory.freeBytes() / kBytesPerBucket, expectedKmers / kBucketKmers + 1);
  const auto buckets = memory.take<KmerTable::Bucket>(std::max(kFewestBuckets, std::bit_floor(most)));
  const auto chunks = memory.take<uint8_t*>(SequenceArena::chunkCount(memory.freeBytes()));
  blocks_ = memory.take<Representative*>(memory.freeBytes() / (kBlockCount * sizeof(Representative)) + 1);
  if (buckets.empty() || chunks.empty() || blocks_.empty()) return false;
  // Both ends are aligned when the start and the size are.
  memory.take<uint8_t>(0, RoundRoom::kAlignment);
  const size_t room = memory.freeBytes() / RoundRoom::kAlignment * RoundRoom::kAlignment;
  if (room < 2 * RoundRoom::kAlignment) return false;
  room_ = RoundRoom(memory.take<uint8_t>(room - RoundRoom::kAlignment, RoundRoom::kAlignment));
  kmers_ = KmerTable(buckets, room_);
  arena_ = SequenceArena(chunks, room_);
  count_ = 0;
  return true;
}

size_t Representatives::fewestBytes(size_t payloadBytes, size_t kmers) {
  const size_t room = std::max(payloadBytes, SequenceArena::kChunkBytes) + KmerTable::mostBytes(kmers, kFewestBuckets) +
                      kBlockCount * sizeof(Representative) + 4 * RoundRoom::kAlignment;
  // Buckets take an eighth of the memory at most where there are more than the fewest.
  return kFewestBuckets * sizeof(KmerTable::Bucket) + room + room / 4 + 4096;
}

bool Representatives::add(RecordNumber number, uint64_t length, std::span<const uint8_t> payload,
                          std::span<const SketchKmer> sketch, KmerCensus& census) {
  const std::span<const uint8_t> kept = sketch.empty() ? std::span<const uint8_t>{} : payload;
  const bool opensBlock = count_ % kBlockCount == 0;
  const size_t needed = arena_.bytesFor(kept.size()) + kmers_.mostBytes(sketch.size()) +
                        (opensBlock ? kBlockCount * sizeof(Representative) : 0);
  if (needed > room_.freeBytes() || count_ / kBlockCount == blocks_.size()) return false;
  if (count_ == UINT32_MAX || !kmers_.hasNumbers(sketch.size())) return false;
  ArenaRef ref;
  if (!arena_.add(kept, ref)) return false;
  if (opensBlock) {
    uint8_t* block = room_.takeHigh(kBlockCount * sizeof(Representative));
    blocks_[count_ / kBlockCount] = reinterpret_cast<Representative*>(block);
  }
  (*this)[count_] = {.number = number, .clusterSize = 1, .payload = ref, .length = length};
  for (size_t at = 0; at < sketch.size(); ++at) {
    if (at + kPrefetched < sketch.size()) {
      kmers_.prefetchBucket(sketch[at + kPrefetched].key);
      census.prefetch(sketch[at + kPrefetched].key);
    }
    kmers_.add(sketch[at], count_, census);
  }
  ++count_;
  return true;
}

bool Representatives::residues(uint32_t index, PackedResidues& out) const {
  const Representative& representative = (*this)[index];
  return readPackedPayload(arena_.at(representative.payload), representative.length, alphabet_, out);
}

void Representatives::clear() {
  kmers_.clear();
  arena_.clear();
  room_.clear();
  count_ = 0;
}

}  // namespace mm
