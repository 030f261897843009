#include "../core/xxh64.h"
#include "check.h"
#include "sequence_reduction.h"

using namespace mm_test;

namespace {

constexpr size_t kHeader = 128;
constexpr size_t kHeaderHash = 120;
constexpr size_t kFooterPosition = 96;
constexpr size_t kBlocks = 104;
constexpr size_t kEntry = 80;
constexpr size_t kDataHash = 40;
constexpr size_t kFilterBytes = 56;
constexpr size_t kDataBytes = 64;

uint64_t number(const Bytes& bytes, size_t at, size_t size = 8) {
  uint64_t value = 0;
  if (at + size <= bytes.size()) std::memcpy(&value, bytes.data() + at, size);
  return value;
}

void put(Bytes& bytes, size_t at, uint64_t value) {
  if (at + 8 <= bytes.size()) std::memcpy(bytes.data() + at, &value, 8);
}

/// Makes every checksum right again, so that what reads the bytes behind them is reached.
void seal(Bytes& deltas) {
  const uint64_t footer = number(deltas, kFooterPosition);
  const uint64_t blocks = number(deltas, kBlocks);
  if (footer <= deltas.size() && blocks < 100 && footer + blocks * kEntry + 8 <= deltas.size()) {
    for (uint64_t block = 0; block < blocks; ++block) {
      const size_t entry = footer + block * kEntry;
      const uint64_t filter = number(deltas, entry + kFilterBytes, 4), data = number(deltas, entry + kDataBytes, 4);
      const uint64_t position = number(deltas, entry);
      if (position > deltas.size() || filter + data > deltas.size() - position) continue;
      if (filter > 8) put(deltas, position + filter - 8, mm::xxh64(deltas.data() + position, filter - 8));
      put(deltas, entry + kDataHash, mm::xxh64(deltas.data() + position + filter, data));
    }
    put(deltas, footer + blocks * kEntry, mm::xxh64(deltas.data() + footer, blocks * kEntry));
  }
  if (deltas.size() >= kHeader) put(deltas, kHeaderHash, mm::xxh64(deltas.data(), kHeaderHash));
}

Bytes sample(uint64_t seed) {
  Random random(seed);
  std::string dna, out = seed % 2 == 0 ? "text before\n" : "";
  for (int base = 0; base < 200; ++base) dna += random.letter("ACGT");
  for (int record = 0; record < 12; ++record) {
    std::string residues = dna;
    for (int edit = 0; edit < 5; ++edit) residues[random.below(residues.size())] = random.letter("ACGTN");
    if (record % 3 == 1) residues.insert(random.below(200), "ACGGT");
    if (record % 3 == 2) residues.erase(random.below(150), 30);
    if (record % 4 == 3) {
      Bytes reversed(residues.size());
      mm::reverseComplement(bytesOf(residues), reversed);
      residues.assign(reversed.begin(), reversed.end());
    }
    if (record % 5 == 4) {
      for (int at = 20; at < 50; ++at) residues[at] = static_cast<char>(residues[at] | 0x20);
    }
    out += ">seq" + std::to_string(record) + " n=" + std::to_string(record * 7) + "\n";
    for (size_t at = 0; at < residues.size(); at += 60) out += residues.substr(at, 60) + (record == 7 ? "\n\n" : "\n");
  }
  return bytesOf(out + ">noise\nACGATCGATCGATCGCTTAGC\n");
}

struct Sample {
  Bytes input;
  Reduced reduced;
};

/// A representative that is read as a circle, and what goes over its end on both strands.
Sample circle() {
  Random random(3);
  std::string genome;
  for (uint64_t base = 0; base < mm::kLongestLine + 500; ++base) genome += random.letter("ACGT");
  const std::string forward = genome.substr(60'000) + genome.substr(0, 20'000);
  Bytes backward(forward.size());
  mm::reverseComplement(bytesOf(forward), backward);
  std::string text = ">r\n" + genome + "\n>forward\n" + forward + "\n>backward\n";
  text += std::string(backward.begin(), backward.end()) + "\n>absent\n";
  Sample sample{bytesOf(text), {}};
  sample.reduced = reduceWith(sample.input, 4, {}, [&](size_t record, MadeAssignment& out) {
    mm::Assignment& made = out.assignment;
    made.isReverse = record == 2;
    made.memberLength = made.memberEnd = made.matches = made.columns = forward.size();
    made.representativeStart = 60'000;
    made.representativeEnd = 60'000 + forward.size();
    return record == 1 || record == 2;
  });
  return sample;
}

/// How often blocks were refused while they were decoded, and when their bytes were compared.
int refusedInside = 0;
int refusedBehind = 0;

/// Whatever happens: no crash, and nothing but the input is ever called restored.
void tryRestore(const Sample& sample, const Bytes& representatives, const Bytes& deltas) {
  const Restored restored = restore(representatives, deltas, 1);
  if (restored.outcome.ok()) CHECK(restored.bytes == sample.input);
  const std::string what = restored.outcome.what;
  refusedInside += what == "a block of the delta file makes no sense";
  refusedBehind += what == "what a block restores is not what it was made of";
  Reduced damaged = sample.reduced;
  damaged.representatives = representatives;
  damaged.deltas = deltas;
  uint64_t found = 0;
  mm::Outcome outcome;
  restoreByName(damaged, {"seq3", "seq11", "absent"}, found, outcome);
}

void testFlips(const Sample& sample, uint64_t seed, bool seals, int rounds = 1500) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    Bytes deltas = sample.reduced.deltas;
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips) {
      const size_t at = random.below(deltas.size());
      switch (random.below(3)) {
        case 0:
          deltas[at] ^= static_cast<uint8_t>(1 << random.below(8));
          break;
        case 1:
          deltas[at] = static_cast<uint8_t>(random.next());
          break;
        default:
          deltas[at] = random.oneIn(2) ? 0xFF : 0;
          break;
      }
    }
    if (seals) seal(deltas);
    if (deltas == sample.reduced.deltas) continue;
    if (!seals) {
      const Restored restored = restore(sample.reduced.representatives, deltas, 1);
      CHECK(restored.outcome.kind == mm::Outcome::Kind::malformed);
      CHECK(restored.bytes.empty());
    }
    tryRestore(sample, sample.reduced.representatives, deltas);
  }
}

void testTruncations(const Sample& sample) {
  const Bytes& whole = sample.reduced.deltas;
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 60) {
    const Restored restored =
        restore(sample.reduced.representatives, Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)), 1);
    CHECK(restored.outcome.kind == mm::Outcome::Kind::malformed);
    CHECK(restored.bytes.empty());
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(restore(sample.reduced.representatives, longer, 1).outcome.kind == mm::Outcome::Kind::malformed);
}

/// Numbers that promise too much, in every field of header and footer.
void testHostileNumbers(const Sample& sample) {
  const uint64_t footer = number(sample.reduced.deltas, kFooterPosition);
  const uint64_t blocks = number(sample.reduced.deltas, kBlocks);
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{0x7F}, uint64_t{0xFFFFFFFF}, uint64_t{1} << 40,
                               uint64_t{1} << 63, ~uint64_t{0}}) {
    std::vector<size_t> places;
    for (size_t at = 8; at < kHeaderHash; at += 4) places.push_back(at);
    for (size_t at = 0; at < blocks * kEntry; at += 4) places.push_back(footer + at);
    for (const size_t place : places) {
      Bytes deltas = sample.reduced.deltas;
      put(deltas, place, value);
      seal(deltas);
      tryRestore(sample, sample.reduced.representatives, deltas);
    }
  }
}

void testOtherRepresentatives(const Sample& sample) {
  Bytes edited = sample.reduced.representatives;
  edited[edited.size() / 2] ^= 1;
  for (const Bytes& representatives : {edited, Bytes(edited.begin(), edited.end() - 1), Bytes()}) {
    const Restored restored = restore(representatives, sample.reduced.deltas, 1);
    CHECK(restored.outcome.kind == mm::Outcome::Kind::malformed);
    CHECK(restored.bytes.empty());
    uint64_t found = 0;
    mm::Outcome outcome;
    Reduced other = sample.reduced;
    other.representatives = representatives;
    restoreByName(other, {"seq3"}, found, outcome);
    CHECK(outcome.kind == mm::Outcome::Kind::malformed);
  }
}

}  // namespace

int main() {
  for (const uint64_t seed : {1, 2}) {
    Sample one{sample(seed), {}};
    one.reduced = reduce(one.input);
    CHECK(one.reduced.outcome.ok() && one.reduced.members > 6);
    CHECK(restore(one.reduced.representatives, one.reduced.deltas, 1).bytes == one.input);
    testFlips(one, seed, false);
    testFlips(one, seed + 10, true);
    testTruncations(one);
    testHostileNumbers(one);
    testOtherRepresentatives(one);
  }
  const Sample around = circle();
  CHECK(around.reduced.outcome.ok() && around.reduced.members == 2);
  CHECK(restore(around.reduced.representatives, around.reduced.deltas, 1).bytes == around.input);
  testFlips(around, 21, true, 600);
  CHECK(refusedInside > 300);
  CHECK(refusedBehind > 100);
  return checkResult();
}
