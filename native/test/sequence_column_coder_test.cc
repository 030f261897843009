#include "../sequence/column_coder.h"
#include "../sequence/delta_format.h"
#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

struct Finder {
  Finder() : memory(mm::RepeatFinder::memoryBytes(mm::kColumnBytes)) {
    mm::Grant grant{memory};
    CHECK(finder.allocate(grant, mm::kColumnBytes));
  }
  Bytes memory;
  mm::RepeatFinder finder;
};

Bytes encode(const Bytes& column, mm::RepeatFinder* finder) {
  Bytes room(3 * column.size() + 1024);
  mm::ByteWriter out{room};
  mm::encodeColumn(column, finder, out);
  CHECK(out.ok());
  return {out.written().begin(), out.written().end()};
}

bool decode(const Bytes& coded, Bytes& column) {
  Bytes scratch(column.size());
  mm::ByteReader in{coded};
  size_t bytes = 0;
  const bool isRead = mm::decodeColumn(in, scratch, column, bytes);
  column.resize(bytes);
  return isRead && in.atEnd();
}

void roundTrip(const Bytes& column, mm::RepeatFinder& finder) {
  for (mm::RepeatFinder* used : {static_cast<mm::RepeatFinder*>(nullptr), &finder}) {
    const Bytes coded = encode(column, used);
    CHECK(coded.size() <= mm::codedBound(column.size()));
    Bytes back(column.size());
    CHECK(decode(coded, back));
    CHECK(back == column);
    if (column.empty()) continue;
    Bytes tooSmall(column.size() - 1);
    CHECK(!decode(coded, tooSmall));
  }
}

void testEveryDistribution() {
  Finder finder;
  Random random(3);
  for (const size_t size : {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 100, 4095, 4096, 70'000}) {
    for (const unsigned symbols : {1u, 2u, 3u, 4u, 20u, 256u}) {
      Bytes column(size), skewed(size);
      for (size_t at = 0; at < size; ++at) {
        column[at] = static_cast<uint8_t>(random.below(symbols));
        skewed[at] = random.oneIn(2000) ? static_cast<uint8_t>(random.below(symbols)) : 7;
      }
      roundTrip(column, finder.finder);
      roundTrip(skewed, finder.finder);
      Bytes twice = column;
      twice.insert(twice.end(), column.begin(), column.end());
      roundTrip(twice, finder.finder);
    }
  }
}

void testSizes() {
  Finder finder;
  Random random(4);
  Bytes bases(100'000), runs(100'000, 9), numbers(50'000);
  for (uint8_t& base : bases) base = static_cast<uint8_t>(random.letter("ACGT"));
  for (uint8_t& number : numbers) number = static_cast<uint8_t>(random.next());
  // Two bits a base; a constant column is as good as nothing; what was there before costs next to nothing.
  CHECK(encode(bases, &finder.finder).size() < 25'100);
  CHECK(encode(runs, &finder.finder).size() < 8);
  Bytes twice = numbers;
  twice.insert(twice.end(), numbers.begin(), numbers.end());
  CHECK(encode(twice, &finder.finder).size() < 50'200);
  CHECK(encode(twice, nullptr).size() > 99'000);
}

void testDamageIsNoticedOrHarmless() {
  Finder finder;
  Random random(5);
  for (int round = 0; round < 20'000; ++round) {
    Bytes column(1 + random.below(400));
    for (uint8_t& value : column) value = static_cast<uint8_t>(random.oneIn(3) ? random.below(6) : 1);
    if (random.oneIn(2)) column.insert(column.end(), column.begin(), column.end());
    Bytes coded = encode(column, &finder.finder);
    for (uint64_t damages = 1 + random.below(3); damages > 0; --damages) {
      coded[random.below(coded.size())] = static_cast<uint8_t>(random.next());
      if (random.oneIn(5)) coded.resize(random.below(coded.size()) + 1);
    }
    Bytes back(random.below(1000));
    decode(coded, back);
  }
}

}  // namespace

int main() {
  testEveryDistribution();
  testSizes();
  testDamageIsNoticedOrHarmless();
  return checkResult();
}
