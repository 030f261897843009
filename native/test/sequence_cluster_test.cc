// What becomes a member of what: coverage, strands, long sequences with pieces left out, circles.

#include "sequence_clustering.h"

namespace {

using namespace mm_test;

void coversBoth() {
  Random random(6);
  const std::string founder = randomSequence(random, 400, kAminoAcids);
  const Sequences sequences{founder, founder.substr(0, 350), founder.substr(50, 200)};
  mm::ClusterRequest request = proteins();
  CHECK(clustered(request, sequences, {}).counts.representatives == 1);
  request.coverageMode = mm::CoverageMode::both;
  CHECK(clustered(request, sequences, {}).counts.representatives == 2);
}

/// Sequences longer than a window: variants with a large insertion, a piece left out, a piece turned to the other
/// strand.
void longSequences() {
  Random random(7);
  const std::string founder = randomSequence(random, 200'000, kNucleotides);
  const std::string variant = mutated(random, founder, 200, kNucleotides);
  const std::string insertion = randomSequence(random, 4'000, kNucleotides);
  const std::string inserted = variant.substr(0, 90'000) + insertion + variant.substr(90'000, 70'000);
  const std::string erased = variant.substr(5'000, 60'000) + variant.substr(67'000, 100'000);
  const std::string part = founder.substr(120'000, 70'000);
  const std::string contig = turned(mutated(random, part, 100, kNucleotides));
  const std::string stranger = randomSequence(random, 150'000, kNucleotides);
  const std::string longest = founder + "ACGT" + std::string(3000, 'N');
  const Sequences sequences{contig, longest, inserted, erased, turned(erased), stranger, variant};
  mm::ClusterRequest request = nucleotides();
  for (const bool packs : {true, false}) {
    request.packs = packs;
    const Result result = clustered(request, sequences, {.threads = 2, .memoryBytes = size_t{64} << 20});
    CHECK(result.counts.representatives == 2 && result.counts.members == 5);
    for (const auto& [number, member] : result.members) {
      CHECK(member.first == 1);
      // Far smaller than the residues, so a few edits it is.
      CHECK(member.second.size() < 25'000);
    }
  }
}

/// A long member whose identity is not reached as a whole: what passes is a part, what is stored are the edits of all.
void partOfALongMember() {
  Random random(12);
  const std::string founder = randomSequence(random, 120'000, kNucleotides);
  const std::string gap = founder.substr(0, 95'000) + founder.substr(102'000);
  for (const std::string& member : {mutated(random, gap, 200, kNucleotides), turned(gap)}) {
    const Result result = clustered(nucleotides(), {founder, member}, {.memoryBytes = size_t{64} << 20});
    CHECK(result.counts.representatives == 1 && result.counts.members == 1);
    if (result.members.empty()) continue;
    const std::string& payload = result.members.begin()->second.second;
    mm::Assignment a;
    CHECK(mm::readAssignment(bytesOf(payload), a) && a.wider && payload.size() < 4'000);
    CHECK(a.memberEnd - a.memberStart < 100'000 && a.wider->memberEnd - a.wider->memberStart > member.size() - 30);
  }
}

/// Genomes that begin elsewhere, on both strands; at the very end of the circle, too. Short ones are lines.
void circles() {
  Random random(11);
  for (const std::string_view letters : {kNucleotides, std::string_view("ACGU")}) {
    const std::string genome = randomSequence(random, 120'000, letters);
    // The longest one becomes the representative.
    Sequences sequences{genome + randomSequence(random, 1'000, letters)};
    for (const size_t start : {0, 1, 40, 3'000, 30'000, 60'000, 90'000, 119'000, 119'960, 119'999}) {
      const std::string rotated = genome.substr(start) + genome.substr(0, start);
      const std::string variant = mutated(random, rotated, 150, letters);
      sequences.push_back(sequences.size() % 2 == 0 ? variant : turned(variant));
    }
    // A whole turn, and more than one.
    sequences.push_back(sequences[0].substr(70'000) + sequences[0].substr(0, 70'000));
    sequences.push_back(genome.substr(100'000) + genome.substr(0, 30'000));
    mm::ClusterRequest request = nucleotides();
    for (const bool packs : {true, false}) {
      // Without packing nobody knows of U.
      if (!packs && letters != kNucleotides) continue;
      request.packs = packs;
      const Result result = clustered(request, sequences, {.threads = 2, .memoryBytes = size_t{64} << 20});
      CHECK(result.counts.representatives == 1);
      for (const auto& [number, member] : result.members) CHECK(member.second.size() < 8'000);
      request.coverageMode = mm::CoverageMode::both;
      // But for the piece.
      CHECK(clustered(request, sequences, {.memoryBytes = size_t{64} << 20}).counts.representatives == 2);
      request.coverageMode = mm::CoverageMode::member;
    }
    // More than once around: longer than what it goes around, which it takes.
    const auto representativesOf = [&](const Sequences& of) {
      return clustered(request, of, {.memoryBytes = size_t{64} << 20}).counts.representatives;
    };
    CHECK(representativesOf({genome, genome + genome.substr(0, 90'000)}) == 1);
    const std::string line = genome.substr(0, mm::kLongestLine);
    const std::string circle = line + "A";
    CHECK(representativesOf({line, line.substr(30'000) + line.substr(0, 30'000)}) == 2);
    CHECK(representativesOf({circle, circle.substr(30'000) + circle.substr(0, 30'000)}) == 1);
  }
}

void ribonucleicStrands() {
  Random random(8);
  const std::string founder = randomSequence(random, 300, "ACGU");
  const Sequences sequences{founder, turned(founder.substr(0, 290)), founder.substr(10, 280)};
  CHECK(clustered(nucleotides(), sequences, {}).counts.representatives == 1);
  mm::ClusterRequest request = nucleotides();
  request.bothStrands = false;
  CHECK(clustered(request, sequences, {}).counts.representatives == 2);
}

void saysWhatItLacks() {
  Random random(9);
  const Sequences sequences = families(random, 20, kNucleotides, true);
  Result result;
  Run run(nucleotides(), sequences);
  const mm::Outcome outcome = run.cluster({.memoryBytes = size_t{1} << 20}, result);
  CHECK(outcome.kind == mm::Outcome::Kind::memory && outcome.value > size_t{1} << 20);
}

void nothingIsFine() {
  CHECK(clustered(nucleotides(), {}, {}).counts.representatives == 0);
}

}  // namespace

int main() {
  coversBoth();
  longSequences();
  partOfALongMember();
  circles();
  ribonucleicStrands();
  saysWhatItLacks();
  nothingIsFine();
  return checkResult();
}
