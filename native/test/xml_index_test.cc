#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "../core/xxh64.h"
#include "../xml/composite_index.h"
#include "../xml/record_cache.h"
#include "check.h"

using namespace mm;

namespace {

std::span<const uint8_t> bytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// An index with memory and files of its own.
struct Fixture {
  explicit Fixture(size_t bytes) : memory(bytes), runs(runsFd, disk), table(tableFd, disk), index(runs, table) {}
  ~Fixture() {
    close(runsFd);
    close(tableFd);
  }

  std::vector<uint64_t> offsetsOf(CompositeRole role, const std::string& reference) {
    std::vector<uint64_t> offsets;
    CompositeIndex::Search search;
    CHECK(index.find(role, bytesOf(reference), search).ok());
    for (;;) {
      CompositeIndex::Found found;
      bool isFound = false;
      CHECK(index.next(search, found, isFound).ok());
      if (!isFound) return offsets;
      const TextPosition& place = found.place;
      CHECK(place.line == place.offset * 3 && place.column == place.offset * 5 && found.composite == place.offset % 200);
      offsets.push_back(place.offset);
    }
  }
  Outcome add(CompositeRole role, const std::string& reference, uint64_t offset) {
    MessageComposite composite{};
    composite.role = role;
    composite.number = static_cast<uint8_t>(offset % 200);
    return index.add(composite, bytesOf(reference), {offset, offset * 3, offset * 5});
  }

  std::vector<uint8_t> memory;
  int runsFd = memfd_create("runs", 0);
  int tableFd = memfd_create("table", 0);
  DiskAllowance disk;
  SpillFile runs;
  SpillFile table;
  CompositeIndex index;
};

/// `count` resources in a mixed order, a party of the same name for every tenth, and deals, several for some of them.
void findsAll(Fixture& fixture, uint64_t count) {
  CHECK(fixture.index.clear(fixture.memory).ok());
  std::vector<uint64_t> order(count);
  for (uint64_t at = 0; at < count; ++at) order[at] = at;
  std::mt19937_64 random(count);
  std::shuffle(order.begin(), order.end(), random);
  uint64_t added = 0;
  const auto add = [&](CompositeRole role, uint64_t number, uint64_t offset) {
    CHECK(fixture.add(role, "A" + std::to_string(number), offset).ok());
    ++added;
  };
  for (const uint64_t number : order) {
    add(CompositeRole::resource, number, number * 8 + 1);
    if (number % 10 == 0) add(CompositeRole::party, number, number * 8 + 2);
    for (uint64_t deal = number % 4; deal > 0; --deal) add(CompositeRole::deal, number, number * 8 + 2 + deal);
  }
  CHECK(fixture.index.finish().ok());
  CHECK(fixture.index.count() == added);

  bool allFound = true;
  for (uint64_t number = 0; number < count; ++number) {
    const std::string reference = "A" + std::to_string(number);
    std::vector<uint64_t> deals;
    for (uint64_t deal = 1; deal <= number % 4; ++deal) deals.push_back(number * 8 + 2 + deal);
    allFound = allFound && fixture.offsetsOf(CompositeRole::resource, reference) == std::vector<uint64_t>{number * 8 + 1} &&
               fixture.offsetsOf(CompositeRole::deal, reference) == deals &&
               fixture.offsetsOf(CompositeRole::party, reference).size() == (number % 10 == 0 ? 1 : 0);
  }
  CHECK(allFound);
  CHECK(fixture.offsetsOf(CompositeRole::release, "A1").empty());
  CHECK(fixture.offsetsOf(CompositeRole::resource, "").empty());
  CHECK(fixture.offsetsOf(CompositeRole::resource, "__proto__").empty());
}

void indexInMemory() {
  Fixture fixture(CompositeIndex::kFewestBytes);
  for (const uint64_t count : {0, 1, 2, 3, 1000, 5000}) findsAll(fixture, count);
  CHECK(!fixture.index.hasSpilled());
  CHECK(fixture.index.usedBytes() == fixture.index.count() * 32);
  CHECK(fixture.disk.peakBytes == 0);
}

void indexSpills() {
  Fixture fixture(CompositeIndex::kFewestBytes);
  findsAll(fixture, 40'000);
  CHECK(fixture.index.hasSpilled());
  CHECK(fixture.disk.usedBytes >= fixture.index.count() * 32);
  CHECK(fixture.index.usedBytes() <= fixture.memory.size() / 4);
  // And is of use again for a small message.
  findsAll(fixture, 100);
  CHECK(!fixture.index.hasSpilled());
  CHECK(fixture.disk.usedBytes == 0);
}

/// A million deals for one release, and resources that all have the same reference: no lookup gets slower.
void manyOfOneReference() {
  Fixture fixture(CompositeIndex::kFewestBytes);
  CHECK(fixture.index.clear(fixture.memory).ok());
  constexpr uint64_t kCount = 200'000;
  for (uint64_t at = 0; at < kCount; ++at) CHECK(fixture.add(CompositeRole::resource, "A1", kCount - at).ok());
  CHECK(fixture.index.finish().ok());
  CompositeIndex::Search search;
  CompositeIndex::Found found;
  bool isFound = false;
  for (int round = 0; round < 1000; ++round) {
    CHECK(fixture.index.find(CompositeRole::resource, bytesOf("A1"), search).ok());
    CHECK(fixture.index.next(search, found, isFound).ok());
    CHECK(isFound && found.place.offset == 1);
  }
}

/// References of 16 bytes that all have one XXH64: the second half takes back what the first one did.
std::string withOneHash(uint64_t first) {
  constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87;
  constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
  constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
  constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5;
  const auto inverse = [](uint64_t odd) {
    uint64_t value = odd;
    for (int bits = 3; bits < 64; bits *= 2) value *= 2 - odd * value;
    return value;
  };
  const uint64_t behindFirst = std::rotl((kPrime5 + 16) ^ (std::rotl(first * kPrime2, 31) * kPrime1), 27) * kPrime1 + kPrime4;
  const uint64_t halves[2] = {first, std::rotr(behindFirst * inverse(kPrime1), 31) * inverse(kPrime2)};
  return {reinterpret_cast<const char*>(halves), sizeof halves};
}

/// They are not looked for among each other.
void referencesOfOneHash() {
  Fixture fixture(CompositeIndex::kFewestBytes);
  CHECK(fixture.index.clear(fixture.memory).ok());
  constexpr uint64_t kCount = 1000;
  for (uint64_t at = 0; at < kCount; ++at) {
    const std::string reference = withOneHash(at);
    CHECK(xxh64(bytesOf(reference).data(), reference.size()) == xxh64(bytesOf(withOneHash(0)).data(), reference.size()));
    CHECK(fixture.add(CompositeRole::resource, reference, at).ok());
  }
  CHECK(fixture.index.finish().ok());
  std::set<uint64_t> hashes;
  for (uint64_t at = 0; at < kCount; ++at) {
    CompositeIndex::Search search;
    CHECK(fixture.index.find(CompositeRole::resource, bytesOf(withOneHash(at)), search).ok());
    hashes.insert(search.hash);
    CHECK(fixture.offsetsOf(CompositeRole::resource, withOneHash(at)) == std::vector<uint64_t>{at});
  }
  CHECK(hashes.size() == kCount);
}

void failsWithReason() {
  Fixture fixture(CompositeIndex::kFewestBytes);
  const Outcome lacks = fixture.index.clear(std::span(fixture.memory).first(1000));
  CHECK(lacks.kind == Outcome::Kind::memory && lacks.value == CompositeIndex::kFewestBytes - 1000);
  CHECK(fixture.index.clear(fixture.memory).ok());
  fixture.disk.limitBytes = 4096;
  Outcome added;
  for (uint64_t at = 0; at < 200'000 && added.ok(); ++at) added = fixture.add(CompositeRole::release, "R" + std::to_string(at), at);
  CHECK(added.kind == Outcome::Kind::disk);
}

void put(RecordCache& cache, uint64_t key, size_t byteLength) {
  const std::span<uint8_t> room = cache.room(key, byteLength);
  if (!CHECK(room.size() == byteLength)) return;
  CHECK(reinterpret_cast<uintptr_t>(room.data()) % 8 == 0);
  for (size_t at = 0; at < room.size(); ++at) room[at] = static_cast<uint8_t>(key * 31 + at);
}

bool isWhole(std::span<const uint8_t> record, uint64_t key) {
  for (size_t at = 0; at < record.size(); ++at) {
    if (record[at] != static_cast<uint8_t>(key * 31 + at)) return false;
  }
  return true;
}

/// What is held is what was put there, whatever was put and evicted; the newest is always held.
void cacheKeeps() {
  for (const size_t bytes : {size_t{3000}, size_t{4096}, size_t{70'001}}) {
    std::vector<uint8_t> memory(bytes);
    RecordCache cache;
    CHECK(cache.start(memory));
    std::mt19937 random(static_cast<unsigned>(bytes));
    std::map<uint64_t, size_t> known;
    uint64_t found = 0;
    for (int round = 0; round < 20'000; ++round) {
      const uint64_t key = random() % 500;
      const std::span<const uint8_t> held = cache.find(key);
      if (!held.empty()) {
        ++found;
        CHECK(held.size() == known[key] && isWhole(held, key));
        continue;
      }
      const size_t length = 1 + random() % (round % 50 == 0 ? 1500 : 100);
      put(cache, key, length);
      known[key] = length;
      CHECK(cache.find(key).size() == length);
    }
    CHECK(found > 100 && cache.evictions() > 100);
  }
}

void cacheHoldsWhatItSays() {
  for (const size_t record : {1, 100, 1000, 10'000, 1'000'000}) {
    std::vector<uint8_t> memory(RecordCache::fewestBytes(record));
    RecordCache cache;
    CHECK(cache.start(memory));
    for (uint64_t key = 0; key < 20; ++key) {
      put(cache, key * 1000, record);
      CHECK(isWhole(cache.find(key * 1000), key * 1000));
    }
    CHECK(cache.room(7, memory.size()).empty());
    CHECK(cache.room(7, SIZE_MAX).empty());
    CHECK(cache.find(7).empty());
  }
  RecordCache cache;
  std::vector<uint8_t> memory(100);
  CHECK(!cache.start(memory));
}

}  // namespace

int main() {
  indexInMemory();
  indexSpills();
  manyOfOneReference();
  referencesOfOneHash();
  failsWithReason();
  cacheKeeps();
  cacheHoldsWhatItSays();
  return checkResult();
}
