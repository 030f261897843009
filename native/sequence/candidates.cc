#include "candidates.h"

#include <algorithm>
#include <bit>

namespace mm {

namespace {

constexpr size_t kFewestHits = size_t{1} << 14;

size_t hitRoom(size_t mostKmers) {
  // One representative shares at most all k-mers of a sketch: then there is always one whose hits fit.
  return std::bit_ceil(std::max(kFewestHits, mostKmers));
}

}  // namespace

size_t CandidateFinder::bytes(size_t mostKmers) {
  const size_t hits = hitRoom(mostKmers);
  return hits * (sizeof(Hit) + sizeof(uint64_t)) + 2 * hits * sizeof(Slot) + mostKmers * sizeof(SharedKmer) + 64;
}

bool CandidateFinder::create(Grant& memory, size_t mostKmers, uint32_t prefetchDistance) {
  const size_t hits = hitRoom(mostKmers);
  prefetchDistance_ = prefetchDistance;
  hits_ = memory.take<Hit>(hits);
  found_ = memory.take<uint64_t>(hits);
  slots_ = memory.take<Slot>(2 * hits);
  shared_ = memory.take<SharedKmer>(mostKmers);
  return !hits_.empty() && !found_.empty() && !slots_.empty() && (!shared_.empty() || mostKmers == 0);
}

void CandidateFinder::start(const Representatives& representatives, std::span<const SketchKmer> sketch,
                            uint32_t first) {
  representatives_ = &representatives;
  sketch_ = sketch;
  rest_ = first;
  foundCount_ = given_ = 0;
}

/// Hits of representatives [first, last]. False when there are too many to hold.
bool CandidateFinder::collect(uint32_t first, uint32_t last) {
  const KmerTable& kmers = representatives_->kmers();
  const size_t ahead = prefetchDistance_;
  hitCount_ = 0;
  bool fits = true;
  for (size_t at = 0; at < std::min(2 * ahead, sketch_.size()); ++at) kmers.prefetchBucket(sketch_[at].key);
  for (size_t at = 0; at < std::min(ahead, sketch_.size()); ++at) kmers.prefetchEntries(sketch_[at].key);
  for (size_t at = 0; at < sketch_.size() && fits; ++at) {
    if (ahead != 0 && at + 2 * ahead < sketch_.size()) kmers.prefetchBucket(sketch_[at + 2 * ahead].key);
    if (ahead != 0 && at + ahead < sketch_.size()) kmers.prefetchEntries(sketch_[at + ahead].key);
    kmers.find(sketch_[at].key, first, [&](const KmerTable::Entry& entry) {
      if (entry.representative > last) return;
      fits = fits && hitCount_ != hits_.size();
      if (fits) hits_[hitCount_++] = {entry.representative, entry.place, sketch_[at].place, 0};
    });
  }
  return fits;
}

/// Finds the hits of each representative and puts the representatives in order.
void CandidateFinder::group() {
  const size_t slotCount = std::bit_ceil(2 * hitCount_);
  const std::span<Slot> slots = slots_.first(slotCount);
  std::fill(slots.begin(), slots.end(), Slot{});
  for (size_t at = 0; at < hitCount_; ++at) {
    Hit& hit = hits_[at];
    size_t slot = hit.representative * size_t{0x9E3779B1} >> 7 & (slotCount - 1);
    while (slots[slot].count != 0 && slots[slot].representative != hit.representative) {
      slot = (slot + 1) & (slotCount - 1);
    }
    if (slots[slot].count == 0) {
      slots[slot].representative = hit.representative;
      found_[foundCount_++] = uint64_t{hit.representative} << 32 | slot;
    }
    ++slots[slot].count;
    hit.previous = slots[slot].lastHit;
    slots[slot].lastHit = static_cast<uint32_t>(at + 1);
  }
  std::sort(found_.begin(), found_.begin() + static_cast<ptrdiff_t>(foundCount_));
}

/// The hits of as many of the lowest representatives as can be held.
bool CandidateFinder::collectSome() {
  foundCount_ = given_ = 0;
  while (rest_ < representatives_->count()) {
    const uint32_t first = static_cast<uint32_t>(rest_);
    uint32_t last = representatives_->count() - 1;
    while (!collect(first, last)) last = first + (last - first) / 2;
    rest_ = uint64_t{last} + 1;
    if (hitCount_ == 0) continue;
    group();
    return true;
  }
  return false;
}

bool CandidateFinder::next(uint32_t& representative, std::span<const SharedKmer>& shared) {
  if (given_ == foundCount_ && !collectSome()) return false;
  const Slot& slot = slots_[static_cast<uint32_t>(found_[given_++])];
  representative = slot.representative;
  size_t at = slot.count;
  for (uint32_t hit = slot.lastHit; hit != 0; hit = hits_[hit - 1].previous) {
    const Hit& from = hits_[hit - 1];
    shared_[--at] = {from.memberPlace >> 1, from.place >> 1, ((from.memberPlace ^ from.place) & 1) != 0};
  }
  shared = shared_.first(slot.count);
  return true;
}

}  // namespace mm
