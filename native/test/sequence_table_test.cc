// Sketches, the table of representatives and the memory they live in.

#include <map>
#include <set>
#include <vector>

#include "../core/xxh64.h"
#include "../sequence/alignment_pool.h"
#include "../sequence/candidates.h"
#include "../sequence/representatives.h"
#include "../sequence/sequence_buffer.h"
#include "../sequence/sketch.h"
#include "check.h"
#include "sequence_random.h"

namespace {

std::span<const uint8_t> bytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::vector<mm::SketchKmer> sketchOf(const mm::SketchShape& shape, const std::string& sequence,
                                     size_t pieceLength = SIZE_MAX) {
  std::vector<mm::SketchKmer> room(shape.mostKmers(sequence.size()));
  mm::Sketcher sketcher(shape, sequence.size(), room);
  for (size_t at = 0; at < sequence.size(); at += std::min(pieceLength, sequence.size() - at)) {
    sketcher.feed(bytesOf(sequence).subspan(at, std::min(pieceLength, sequence.size() - at)));
  }
  const auto kmers = sketcher.finish();
  return {kmers.begin(), kmers.end()};
}

std::string turned(const std::string& sequence) {
  std::string out(sequence.rbegin(), sequence.rend());
  for (char& letter : out) letter = letter == 'A' ? 'T' : letter == 'C' ? 'G' : letter == 'G' ? 'C' : 'A';
  return out;
}

void sketchesAreTheSameInPieces() {
  mm_test::Random random(1);
  for (const auto& [alphabet, letters] : {std::pair{mm::Alphabet::nucleotide, mm_test::kNucleotides},
                                          std::pair{mm::Alphabet::protein, mm_test::kAminoAcids}}) {
    for (const uint32_t identity : {9500u, 9000u, 8000u, 6500u, 5000u}) {
      const auto shape = mm::SketchShape::of(alphabet, identity, true);
      for (const size_t length : {0, 5, 21, 50, 300, 5000, 40'000}) {
        const std::string sequence = mm_test::randomSequence(random, length, letters);
        const auto whole = sketchOf(shape, sequence);
        const auto pieces = sketchOf(shape, sequence, 1 + random() % 100);
        const auto isSame = [](const mm::SketchKmer& a, const mm::SketchKmer& b) {
          return a.key == b.key && a.place == b.place;
        };
        CHECK(std::equal(whole.begin(), whole.end(), pieces.begin(), pieces.end(), isSame));
        const size_t kmers = length < shape.k ? 0 : length - shape.k + 1;
        // Of random letters some k-mers are too simple, and chance may leave a few out.
        CHECK(whole.size() >= std::min<size_t>(kmers, shape.fewest) * 3 / 4);
        const size_t expected = length / shape.densityFor(length);
        CHECK(whole.size() <= std::max<size_t>(shape.fewest, expected + expected / 4 + 40));
        for (size_t at = 1; at < whole.size(); ++at) CHECK(whole[at - 1].place < whole[at].place);
      }
    }
  }
}

void bothStrandsHaveOneSketch() {
  mm_test::Random random(2);
  const auto shape = mm::SketchShape::of(mm::Alphabet::nucleotide, 9500, true);
  const std::string sequence = mm_test::randomSequence(random, 3000, mm_test::kNucleotides);
  std::map<uint64_t, uint32_t> forward;
  for (const auto& kmer : sketchOf(shape, sequence)) forward[kmer.key] = kmer.place;
  const auto reverse = sketchOf(shape, turned(sequence));
  CHECK(forward.size() > 100 && reverse.size() == forward.size());
  for (const auto& kmer : reverse) {
    const uint32_t place = forward.at(kmer.key);
    CHECK((place & 1) != (kmer.place & 1) && (place >> 1) + (kmer.place >> 1) + shape.k == sequence.size());
  }
  // U is read as T.
  std::string ribonucleic = sequence;
  std::replace(ribonucleic.begin(), ribonucleic.end(), 'T', 'U');
  CHECK(sketchOf(shape, ribonucleic).size() == forward.size());
}

void strangeLettersAndSimpleKmersAreLeftOut() {
  mm_test::Random random(3);
  const auto shape = mm::SketchShape::of(mm::Alphabet::nucleotide, 9500, true);
  CHECK(sketchOf(shape, std::string(500, 'A')).empty() && sketchOf(shape, std::string(500, 'N')).empty());
  CHECK(sketchOf(shape, mm_test::randomSequence(random, 500, "AC")).empty());
  std::string broken = mm_test::randomSequence(random, 500, mm_test::kNucleotides);
  for (size_t at = 0; at < broken.size(); at += shape.k) broken[at] = 'N';
  CHECK(sketchOf(shape, broken).empty());
}

void theCensusStopsAtTheCommonest() {
  std::vector<uint8_t> counters(mm::KmerCensus::kBytes);
  mm::KmerCensus census(counters);
  for (int at = 0; at < mm::KmerCensus::kMostRepresentatives; ++at) CHECK(census.admit(42));
  CHECK(!census.admit(42) && census.admit(43));
  // Many others later it is half forgotten.
  mm_test::Random random(4);
  for (size_t at = 0; at < 16 * mm::KmerCensus::kBytes; ++at) census.admit(random());
  CHECK(census.admit(42));
}

struct Table {
  Table(size_t bytes, uint64_t expected) : memory(bytes), counters(mm::KmerCensus::kBytes), census(counters) {
    CHECK(representatives.create(mm::Grant(memory), mm::Alphabet::protein, expected));
  }
  bool add(uint64_t number, const std::string& residues, std::span<const mm::SketchKmer> sketch) {
    // Eight bits a residue.
    std::vector<uint8_t> payload(residues.begin(), residues.end());
    payload.resize(residues.size() + mm::PayloadTrailer::kBytes);
    payload.back() = 1;
    return representatives.add(number, residues.size(), payload, sketch, census);
  }
  std::vector<uint8_t> memory;
  std::vector<uint8_t> counters;
  mm::KmerCensus census;
  mm::Representatives representatives;
};

/// What the finder gives against a plain map, also with so many hits that they come in portions.
void candidatesComeByRank() {
  mm_test::Random random(5);
  Table table(size_t{64} << 20, 1000);
  std::map<uint64_t, std::map<uint32_t, uint32_t>> places;
  constexpr uint32_t kCount = 3000;
  constexpr uint64_t kKeys = 3000;
  for (uint32_t index = 0; index < kCount; ++index) {
    std::vector<mm::SketchKmer> sketch(random() % 100);
    for (auto& kmer : sketch) {
      kmer = {random() % kKeys * 0x9E3779B97F4A7C15 >> 16, static_cast<uint32_t>(random() % 1000)};
    }
    CHECK(table.add(index * 7, "ACGT", sketch));
    for (const auto& kmer : sketch) places[kmer.key].emplace(index, kmer.place);
  }
  constexpr size_t kMostKmers = 3000;
  std::vector<uint8_t> memory(mm::CandidateFinder::bytes(kMostKmers));
  mm::CandidateFinder finder;
  mm::Grant grant(memory);
  CHECK(finder.create(grant, kMostKmers, 8));
  for (const size_t size : {0, 1, 30, 2000}) {
    for (const uint32_t first : {0u, kCount - 50, kCount}) {
      std::vector<mm::SketchKmer> sketch;
      for (const auto& [key, where] : places) {
        if (sketch.size() < size) sketch.push_back({key, static_cast<uint32_t>(2 * sketch.size())});
      }
      std::map<uint32_t, std::vector<std::pair<uint32_t, uint32_t>>> expected;
      for (const auto& kmer : sketch) {
        for (const auto& [index, place] : places[kmer.key]) {
          if (index >= first) expected[index].push_back({kmer.place >> 1, place >> 1});
        }
      }
      finder.start(table.representatives, sketch, first);
      uint32_t representative = 0;
      std::span<const mm::SharedKmer> shared;
      size_t count = 0;
      int64_t last = -1;
      for (; finder.next(representative, shared); ++count) {
        CHECK(representative > last);
        last = representative;
        std::vector<std::pair<uint32_t, uint32_t>> got;
        for (const auto& kmer : shared) got.push_back({kmer.member, kmer.representative});
        CHECK(got == expected[representative]);
      }
      CHECK(count == expected.size());
    }
  }
}

void representativesFillTheirMemory() {
  mm_test::Random random(6);
  Table table(size_t{16} << 20, UINT64_MAX);
  std::vector<std::string> residues;
  const auto fill = [&] {
    for (;;) {
      const std::string sequence = mm_test::randomSequence(random, random() % 2000, mm_test::kAminoAcids);
      std::vector<mm::SketchKmer> sketch(1 + sequence.size() / 20);
      for (auto& kmer : sketch) kmer = {random() >> 16, 0};
      if (!table.add(residues.size() * 3, sequence, sketch)) return;
      residues.push_back(sequence);
    }
  };
  for (int round = 0; round < 3; ++round) {
    residues.clear();
    table.representatives.clear();
    fill();
    CHECK(residues.size() > 500 && table.representatives.count() == residues.size());
    size_t total = 0;
    for (uint32_t index = 0; index < residues.size(); ++index) {
      mm::PackedResidues packed;
      CHECK(table.representatives.residues(index, packed) && packed.length == residues[index].size());
      CHECK(std::equal(packed.codes.begin(), packed.codes.end(), bytesOf(residues[index]).begin()));
      CHECK(table.representatives[index].number == index * 3);
      total += residues[index].size();
    }
    // Most of the memory is residues and k-mers.
    CHECK(total + total / 20 * sizeof(mm::KmerTable::Entry) > size_t{8} << 20);
  }
}

void longSequencesHaveChunksOfTheirOwn() {
  std::vector<uint8_t> memory(size_t{4} << 20);
  mm::RoundRoom room(memory);
  std::vector<uint8_t*> chunks(mm::SequenceArena::chunkCount(memory.size()));
  mm::SequenceArena arena(chunks, room);
  std::vector<std::pair<mm::ArenaRef, std::vector<uint8_t>>> added;
  for (const size_t length : {100, 300'000, 262'144, 0, 1, 1'000'000, 262'000, 262'000}) {
    std::vector<uint8_t> bytes(length, static_cast<uint8_t>(added.size() + 1));
    const size_t before = room.freeBytes();
    const size_t needed = arena.bytesFor(length);
    mm::ArenaRef ref;
    CHECK(arena.add(bytes, ref) && before - room.freeBytes() == needed);
    added.push_back({ref, bytes});
  }
  for (const auto& [ref, bytes] : added) {
    const auto found = arena.at(ref);
    CHECK(std::equal(found.begin(), found.end(), bytes.begin(), bytes.end()));
  }
  const std::vector<uint8_t> tooLong(size_t{4} << 20);
  mm::ArenaRef ref;
  CHECK(!arena.add(tooLong, ref));
}

void buffersKeepTheLast() {
  std::vector<uint8_t> memory(10'000);
  mm::Grant grant(memory);
  mm::SequenceBuffer buffer;
  CHECK(mm::SequenceBuffer::create(grant, 4, 5000, buffer));
  const auto add = [&](uint64_t number, size_t bytes) {
    std::fill_n(buffer.end(), bytes, static_cast<uint8_t>(number));
    const size_t sketchBytes = bytes / 4;
    buffer.append(mm::RankKey{100 + number, 5, number}.sortKey(), bytes - sketchBytes, sketchBytes,
                  static_cast<uint8_t>(number));
  };
  add(1, 1000);
  add(2, 2000);
  add(2, 0);
  CHECK(buffer.freeBytes() == 2000 && buffer.isDuplicate(2) && !buffer.isDuplicate(1) && !buffer.isFull());
  CHECK(buffer.length(1) == 102 && buffer.rank(1).number == 2 && buffer.payload(1).size() == 1500);
  CHECK(buffer.storedSketch(1).size() == 500 && buffer.storedSketch(1).data() == buffer.payload(1).data() + 1500);
  buffer.keepOnly(1);
  CHECK(buffer.count() == 1 && buffer.rank(0).number == 2);
  CHECK(buffer.payload(0).size() == 1500 && buffer.payload(0)[1499] == 2 && buffer.storedSketch(0).empty());
  CHECK(buffer.tried(0) == 2 && buffer.freeBytes() == 3500);
  mm::Grant small(std::span<uint8_t>(memory).first(100));
  CHECK(!mm::SequenceBuffer::create(small, 4, 5000, buffer));
}

void storedSketchesAreTheSame() {
  mm_test::Random random(7);
  const auto shape = mm::SketchShape::of(mm::Alphabet::nucleotide, 9500, true);
  const auto kmers = sketchOf(shape, mm_test::randomSequence(random, 5000, mm_test::kNucleotides));
  std::vector<uint8_t> stored(mm::StoredSketch::bytes(kmers.size()));
  for (size_t at = 0; at < kmers.size(); ++at) {
    mm::StoredSketch::write(kmers[at], stored.data() + at * mm::StoredSketch::kKmerBytes);
  }
  std::vector<mm::SketchKmer> room(kmers.size());
  const auto read = mm::StoredSketch::read(stored, room);
  CHECK(read.size() == kmers.size() && !kmers.empty());
  for (size_t at = 0; at < read.size(); ++at) CHECK(read[at].key == kmers[at].key && read[at].place == kmers[at].place);
  // What a damaged disk gives is no more than there is room for.
  CHECK(mm::StoredSketch::read(stored, std::span(room).first(3)).size() == 3);
  CHECK(mm::StoredSketch::bytes(mm::StoredSketch::kMostKmers + 1) == 0);
}

void poolsLoanTheFirstThatFits() {
  std::vector<uint8_t> memory(mm::AlignmentPool::bytes(2, 10, 100));
  mm::Grant grant(memory);
  mm::AlignmentPool pool;
  CHECK(pool.create(grant, 2, 10, 100));
  const auto small = pool.acquire(5);
  const auto other = pool.acquire(10);
  const auto large = pool.acquire(1);
  CHECK(small.size() == 10 && other.size() == 10 && large.size() == 100 && small.data() != other.data());
  CHECK(pool.acquire(101).empty());
  pool.release(small);
  CHECK(pool.acquire(3).data() == small.data());
  CHECK(pool.acquire(100).size() == 100 && pool.acquire(1).empty());
}

}  // namespace

int main() {
  sketchesAreTheSameInPieces();
  bothStrandsHaveOneSketch();
  strangeLettersAndSimpleKmersAreLeftOut();
  theCensusStopsAtTheCommonest();
  candidatesComeByRank();
  representativesFillTheirMemory();
  longSequencesHaveChunksOfTheirOwn();
  buffersKeepTheLast();
  storedSketchesAreTheSame();
  poolsLoanTheFirstThatFits();
  return checkResult();
}
