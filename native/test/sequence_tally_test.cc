// Figures told of sequences: column by column, they are those of exact arithmetic.

#include <cstdint>
#include <vector>

#include "../sequence/sequence_tally.h"
#include "check.h"

namespace {

constexpr size_t kRoom = size_t{1} << 20;

void columnsBeginWhereAsked() {
  std::vector<uint8_t> room(kRoom);
  for (const size_t alignment : {size_t{1}, size_t{64}, size_t{4096}}) {
    // An odd number of rows: no column ends where the next may begin.
    std::span<uint8_t> odd = std::span(room).subspan(3, mm::SequenceDataSoA::bytes(1001, alignment));
    mm::Grant memory(odd);
    mm::SequenceDataSoA rows;
    CHECK(rows.create(memory, 1001, alignment));
    while (!rows.isFull()) rows.add(rows.count() + 7, static_cast<uint32_t>(rows.count()), 0.25F, 0.5F);
    const void* const columns[] = {rows.ids().data(), rows.lengths().data(), rows.gcContents().data(), rows.complexities().data()};
    for (const void* column : columns) CHECK(reinterpret_cast<uintptr_t>(column) % alignment == 0);
    CHECK(rows.ids()[1000] == 1007 && rows.lengths()[1000] == 1000);
    CHECK(rows.gcContents()[1000] == 0.25F && rows.complexities()[0] == 0.5F);
    mm::Grant little(odd.first(1001 * mm::SequenceDataSoA::kRowBytes - 1));
    CHECK(!rows.create(little, 1001, alignment));
  }
}

void sharesFallWhereExactArithmeticPutsThem() {
  std::vector<uint8_t> room(kRoom);
  mm::Grant memory(room);
  mm::IngestCounts counts, exact;
  counts.alphabet = exact.alphabet = mm::Alphabet::nucleotide;
  mm::SequenceTally tally(counts);
  CHECK(tally.create(memory, 64));
  for (uint64_t length = 0; length <= 1500; ++length) {
    for (uint64_t gc = 0; gc <= length; ++gc) {
      const uint64_t triplets = length % 62 + 1;
      const uint64_t distinct = gc % triplets + 1;
      tally.add(length, gc, static_cast<float>(distinct) / static_cast<float>(triplets));
      ++exact.gcContents[length == 0 ? 0 : 20 * gc / length];
      ++exact.complexities[10 * distinct / triplets];
    }
  }
  tally.finish();
  CHECK(counts.gcContents == exact.gcContents && counts.complexities == exact.complexities);
}

void lengthsThatNoColumnHoldsAreCounted() {
  std::vector<uint8_t> room(kRoom);
  mm::Grant memory(room);
  mm::IngestCounts counts;
  mm::SequenceTally tally(counts);
  CHECK(tally.create(memory, 64));
  constexpr uint64_t kLong = uint64_t{5} << 32;
  tally.add(10, 5, 1);
  tally.add(kLong, kLong / 2, 0.5F);
  tally.add(7, 0, 0);
  tally.add(kLong, kLong, 0.5F);
  tally.finish();
  CHECK(counts.records == 4 && counts.residues == 2 * kLong + 17 && counts.gcResidues == kLong / 2 + kLong + 5);
  CHECK(counts.shortest == 7 && counts.longest == kLong && counts.longestRecord == 1);
  CHECK(counts.lengths[35] == 2 && counts.lengths[4] == 1 && counts.lengths[3] == 1);
  CHECK(counts.gcContents[10] == 2 && counts.gcContents[20] == 1 && counts.gcContents[0] == 1);
  CHECK(counts.complexities[5] == 2 && counts.complexities[10] == 1);
}

}  // namespace

int main() {
  columnsBeginWhereAsked();
  sharesFallWhereExactArithmeticPutsThem();
  lengthsThatNoColumnHoldsAreCounted();
  return checkResult();
}
