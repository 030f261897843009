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

KmerTable::KmerTable(std::span<uint32_t> heads, RoundRoom& room)
    : heads_(heads), room_(&room), shift_(kKmerBits - static_cast<unsigned>(std::countr_zero(heads.size()))) {
  clear();
}

void KmerTable::clear() {
  std::fill(heads_.begin(), heads_.end(), 0u);
  entries_ = nullptr;
  count_ = 0;
}

void KmerTable::add(const SketchKmer& kmer, uint32_t representative, KmerCensus& census) {
  uint32_t& head = heads_[kmer.key >> shift_];
  const uint32_t tag = static_cast<uint32_t>(kmer.key);
  for (uint32_t at = head; at != 0 && entries_[at - 1].representative == representative; at = entries_[at - 1].next) {
    if (entries_[at - 1].tag == tag) return;
  }
  if (!census.admit(kmer.key)) return;
  auto* entry = reinterpret_cast<Entry*>(room_->takeLow(sizeof(Entry)));
  if (count_ == 0) entries_ = entry;
  *entry = {tag, representative, kmer.place, head};
  head = ++count_;
}

}  // namespace mm
