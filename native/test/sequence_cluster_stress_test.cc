// Clusters of made-up families: every assignment gives its member back and reaches the identity, and neither threads
// nor batches, memory nor the order of the input change who belongs to whom.

#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <set>
#include <vector>

#include "../core/xxh64.h"
#include "../sequence/assignment.h"
#include "../sequence/cluster.h"
#include "check.h"
#include "sequence_assignments.h"
#include "sequence_random.h"

namespace {

using Sequences = std::vector<std::string>;

struct Variation {
  unsigned threads = 1;
  uint32_t batchRecords = 10'000;
  size_t memoryBytes = size_t{16} << 20;
  uint32_t prefetchDistance = 8;
};

struct Result {
  mm::ClusterCounts counts;
  /// Representative and payload of each member.
  std::map<mm::RecordNumber, std::pair<mm::RecordNumber, std::string>> members;
};

std::span<const uint8_t> bytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// Spill files, sorters and the grant of one run.
class Run {
 public:
  Run(const mm::ClusterRequest& request, const Sequences& sequences) : request_(request), sequences_(sequences) {
    std::vector<uint8_t> room(1 << 16);
    for (size_t number = 0; number < sequences.size(); ++number) {
      const std::span<const uint8_t> residues = bytesOf(sequences[number]);
      mm::ResiduePacker packer(request.alphabet, room);
      packer.restart(request.packs);
      std::vector<uint8_t> codes(packer.packedBytes(residues.size()) + 8);
      const size_t codeBytes = packer.pack(residues, codes);
      mm::PackedResidues packed = packer.finish();
      packed.isPacked = request.packs;
      const mm::PayloadTrailer trailer(packed);
      const mm::RankKey rank{residues.size(), mm::xxh64(residues.data(), residues.size()) >> 16, number};
      CHECK(!packer.hasOverflowed() && byRank_.begin().ok() && byRank_.append(std::span(codes).first(codeBytes)).ok());
      CHECK(byRank_.append(packed.exceptions).ok() && byRank_.append(trailer.bytes).ok());
      CHECK(byRank_.commit(rank.sortKey()).ok());
    }
    CHECK(byRank_.finish().ok());
  }

  mm::Outcome cluster(const Variation& variation, Result& result) {
    mm::ClusterRequest request = request_;
    request.threads = variation.threads;
    request.batchRecords = variation.batchRecords;
    request.prefetchDistance = variation.prefetchDistance;
    std::vector<uint8_t> memory(variation.memoryBytes);
    const mm::RoundFiles files{&first_, &second_};
    return mm::cluster(request, byRank_, assignments_, files, mm::Grant(memory), progress_, result.counts);
  }

  void readAssignments(Result& result) {
    CHECK(assignments_.finish().ok());
    mm::SortedRecord record;
    for (bool hasRecord = true; assignments_.next(record, hasRecord).ok() && hasRecord;) {
      std::vector<uint8_t> payload(record.payload.begin(), record.payload.end());
      if (record.isOnDisk) {
        payload.resize(record.byteLength);
        CHECK(assignments_.readPayload(record, 0, payload).ok());
      }
      check(record.key.high, payload);
      mm::Assignment assignment;
      CHECK(mm::readAssignment(payload, assignment));
      result.members[record.key.high] = {assignment.representative, {payload.begin(), payload.end()}};
    }
  }

  mm::Progress& progress() { return progress_; }

 private:
  static int temporaryFile() {
    const int fd = memfd_create("sequence_cluster", MFD_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
  }

  /// The contract of a member, from its assignment and the two sequences.
  void check(mm::RecordNumber number, std::span<const uint8_t> payload) {
    mm::Assignment a;
    if (!CHECK(mm::readAssignment(payload, a) && a.representative < sequences_.size())) return;
    const std::string& member = sequences_[number];
    const std::string& representative = sequences_[a.representative];
    const bool isCircle = mm::isReadAsCircle(request_.alphabet, representative.size());
    const std::string turns = isCircle ? representative + representative : representative;
    const uint64_t span = a.memberEnd - a.memberStart;
    const uint64_t representativeSpan = a.representativeEnd - a.representativeStart;
    if (!CHECK(a.memberLength == member.size() && a.representativeEnd <= turns.size())) return;
    CHECK(a.representativeStart <= representative.size() && representativeSpan <= representative.size());
    const mm::AlignedSpan aligned = a.aligned();
    const uint64_t alignedResidues = aligned.representativeEnd - aligned.representativeStart;
    if (!CHECK(aligned.representativeEnd <= turns.size() && alignedResidues <= representative.size())) return;
    CHECK(aligned.memberStart <= a.memberStart && a.memberEnd <= aligned.memberEnd);
    CHECK(a.matches * 10000 >= a.columns * request_.identity && span * 10000 >= member.size() * request_.coverage);
    if (request_.coverageMode == mm::CoverageMode::both) {
      CHECK(representativeSpan * 10000 >= representative.size() * request_.coverage);
    }
    const std::span<const uint8_t> forward = bytesOf(turns).subspan(aligned.representativeStart, alignedResidues);
    std::vector<uint8_t> turned(forward.begin(), forward.end());
    if (a.isReverse) mm::reverseComplement(forward, turned);
    std::vector<uint8_t> out(aligned.memberEnd - aligned.memberStart);
    CHECK(mm_test::applyOperations(turned, a.operations, out));
    const std::string restored = std::string(a.head.begin(), a.head.end()) + std::string(out.begin(), out.end()) +
                                 std::string(a.tail.begin(), a.tail.end());
    CHECK(restored == member);
    checkCounts(a);
  }

  /// Matches and columns of the span as the operations have them.
  void checkCounts(const mm::Assignment& a) {
    uint64_t errors = 0;
    uint64_t inserted = 0;
    uint64_t at = a.aligned().memberStart;
    mm::OperationReader reader(a.operations);
    mm::Operation step;
    while (reader.next(step)) {
      at += step.copy;
      // The span begins and ends with copies.
      const bool isInside = at > a.memberStart && at < a.memberEnd;
      if (isInside) errors += step.length;
      if (step.edit == mm::Edit::erase) continue;
      if (isInside) inserted += step.length;
      at += step.length;
    }
    CHECK(!reader.damaged() && a.columns - a.matches == errors && a.memberEnd - a.memberStart == a.matches + inserted);
  }

  const mm::ClusterRequest request_;
  const Sequences& sequences_;
  mm::DiskAllowance disk_;
  mm::SpillFile rankFile_{temporaryFile(), disk_};
  mm::SpillFile assignmentFile_{temporaryFile(), disk_};
  mm::SpillFile first_{temporaryFile(), disk_};
  mm::SpillFile second_{temporaryFile(), disk_};
  std::vector<uint8_t> rankMemory_ = std::vector<uint8_t>(size_t{8} << 20);
  std::vector<uint8_t> assignmentMemory_ = std::vector<uint8_t>(size_t{2} << 20);
  mm::ExternalSorter byRank_{rankMemory_, rankFile_};
  mm::ExternalSorter assignments_{assignmentMemory_, assignmentFile_};
  mm::Progress progress_;
};

Result clustered(const mm::ClusterRequest& request, const Sequences& sequences, const Variation& variation) {
  Result result;
  Run run(request, sequences);
  CHECK(run.cluster(variation, result).ok());
  CHECK(result.counts.representatives + result.counts.members == sequences.size());
  CHECK(run.progress().done == sequences.size() && run.progress().total == sequences.size());
  run.readAssignments(result);
  CHECK(result.members.size() == result.counts.members);
  uint64_t clusters = 0;
  for (const uint64_t count : result.counts.clusterSizes) clusters += count;
  uint64_t members = 0;
  for (const uint64_t count : result.counts.identities) members += count;
  CHECK(clusters == result.counts.representatives && members == result.counts.members);
  return result;
}

std::string turned(const std::string& sequence) {
  std::vector<uint8_t> out(sequence.size());
  mm::reverseComplement(bytesOf(sequence), out);
  return {out.begin(), out.end()};
}

/// Families of variants and fragments, exact duplicates, and odd ones: empty, short, without a k-mer.
Sequences families(mm_test::Random& random, size_t count, std::string_view letters, bool bothStrands) {
  Sequences sequences;
  for (size_t family = 0; family < count; ++family) {
    const std::string founder = mm_test::randomSequence(random, 40 + random() % 600, letters);
    for (size_t variants = random() % 12; variants-- > 0;) {
      std::string variant = mm_test::mutated(random, founder, 10 + random() % 60, letters);
      if (random() % 3 == 0) variant = variant.substr(random() % 30, 20 + random() % variant.size());
      if (bothStrands && random() % 2 == 0) variant = turned(variant);
      for (size_t copies = random() % 8 == 0 ? 3 : 1; copies-- > 0;) sequences.push_back(variant);
    }
    sequences.push_back(founder);
  }
  for (int copy = 0; copy < 3; ++copy) {
    sequences.insert(sequences.end(), {"", "A", "ACG", std::string(200, 'A'), "NNNN-N*N"});
  }
  std::shuffle(sequences.begin(), sequences.end(), random);
  return sequences;
}

mm::ClusterRequest nucleotides() {
  return {.alphabet = mm::Alphabet::nucleotide, .identity = 9500, .residues = 300'000};
}

mm::ClusterRequest proteins() {
  return {.alphabet = mm::Alphabet::protein, .identity = 9000, .bothStrands = false, .residues = 300'000};
}

/// Memory in which the representatives take several rounds.
size_t scarceBytes(const mm::ClusterRequest& request, const Variation& variation, size_t longest) {
  mm::ClusterRequest asked = request;
  asked.threads = variation.threads;
  asked.batchRecords = variation.batchRecords;
  return mm::fewestClusterBytes(asked, longest);
}

/// With many strangers among them, so that the representatives need far more than the least memory.
void dependsOnNothingElse(mm::ClusterRequest request, Sequences sequences, mm_test::Random& random,
                          std::string_view letters) {
  request.packs = false;
  for (int stranger = 0; stranger < 4000; ++stranger) {
    sequences.push_back(mm_test::randomSequence(random, 200 + random() % 400, letters));
  }
  size_t longest = 0;
  for (const std::string& sequence : sequences) longest = std::max(longest, sequence.size());
  const Result plain = clustered(request, sequences, {});
  CHECK(plain.counts.rounds == 1 && plain.counts.members > 500);
  std::vector<Variation> variations{{.threads = 2}, {.threads = 4, .batchRecords = 7}, {.batchRecords = 13}};
  variations.push_back({.threads = 2, .batchRecords = 100, .prefetchDistance = 0});
  for (const unsigned threads : {1u, 4u}) {
    Variation scarce{.threads = threads, .batchRecords = 100};
    scarce.memoryBytes = scarceBytes(request, scarce, longest);
    variations.push_back(scarce);
  }
  for (const Variation& variation : variations) {
    const Result other = clustered(request, sequences, variation);
    CHECK(other.members == plain.members);
    CHECK(other.counts.alignments == plain.counts.alignments && other.counts.identities == plain.counts.identities);
    CHECK(other.counts.clusterSizes == plain.counts.clusterSizes);
    CHECK(other.counts.exactDuplicates == plain.counts.exactDuplicates);
    if (variation.memoryBytes < size_t{16} << 20) CHECK(other.counts.rounds >= 5);
  }
}

/// The clusters as sets of sequences.
std::map<std::string, std::multiset<std::string>> partition(const Result& result, const Sequences& sequences) {
  std::map<std::string, std::multiset<std::string>> clusters;
  for (const auto& [number, member] : result.members) clusters[sequences[member.first]].insert(sequences[number]);
  return clusters;
}

void orderDoesNotMatter(const mm::ClusterRequest& request, Sequences sequences, mm_test::Random& random) {
  const auto before = partition(clustered(request, sequences, {.threads = 2}), sequences);
  std::shuffle(sequences.begin(), sequences.end(), random);
  CHECK(partition(clustered(request, sequences, {.threads = 2}), sequences) == before);
}

void duplicatesAcrossBatches() {
  mm_test::Random random(5);
  const std::string founder = mm_test::randomSequence(random, 300, mm_test::kNucleotides);
  Sequences sequences(50, founder);
  sequences.insert(sequences.end(), 50, founder.substr(10, 280) + "ACGTN");
  sequences.insert(sequences.end(), 50, turned(founder.substr(20, 250)));
  for (const uint32_t batchRecords : {1u, 3u, 1000u}) {
    const Result result = clustered(nucleotides(), sequences, {.threads = 2, .batchRecords = batchRecords});
    CHECK(result.counts.representatives == 1 && result.counts.exactDuplicates == 147);
    CHECK(result.counts.clusterSizes[8] == 1);
  }
}

void coversBoth() {
  mm_test::Random random(6);
  const std::string founder = mm_test::randomSequence(random, 400, mm_test::kAminoAcids);
  const Sequences sequences{founder, founder.substr(0, 350), founder.substr(50, 200)};
  mm::ClusterRequest request = proteins();
  CHECK(clustered(request, sequences, {}).counts.representatives == 1);
  request.coverageMode = mm::CoverageMode::both;
  CHECK(clustered(request, sequences, {}).counts.representatives == 2);
}

/// Sequences longer than a window: variants with a large insertion, a piece left out, a piece turned to the other
/// strand.
void longSequences() {
  mm_test::Random random(7);
  const std::string founder = mm_test::randomSequence(random, 200'000, mm_test::kNucleotides);
  const std::string variant = mm_test::mutated(random, founder, 200, mm_test::kNucleotides);
  const std::string insertion = mm_test::randomSequence(random, 4'000, mm_test::kNucleotides);
  const std::string inserted = variant.substr(0, 90'000) + insertion + variant.substr(90'000, 70'000);
  const std::string erased = variant.substr(5'000, 60'000) + variant.substr(67'000, 100'000);
  const std::string part = founder.substr(120'000, 70'000);
  const std::string contig = turned(mm_test::mutated(random, part, 100, mm_test::kNucleotides));
  const std::string stranger = mm_test::randomSequence(random, 150'000, mm_test::kNucleotides);
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
  mm_test::Random random(12);
  const std::string founder = mm_test::randomSequence(random, 120'000, mm_test::kNucleotides);
  const std::string gap = founder.substr(0, 95'000) + founder.substr(102'000);
  for (const std::string& member : {mm_test::mutated(random, gap, 200, mm_test::kNucleotides), turned(gap)}) {
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
  mm_test::Random random(11);
  for (const std::string_view letters : {mm_test::kNucleotides, std::string_view("ACGU")}) {
    const std::string genome = mm_test::randomSequence(random, 120'000, letters);
    // The longest one becomes the representative.
    Sequences sequences{genome + mm_test::randomSequence(random, 1'000, letters)};
    for (const size_t start : {0, 1, 40, 3'000, 30'000, 60'000, 90'000, 119'000, 119'960, 119'999}) {
      const std::string rotated = genome.substr(start) + genome.substr(0, start);
      const std::string variant = mm_test::mutated(random, rotated, 150, letters);
      sequences.push_back(sequences.size() % 2 == 0 ? variant : turned(variant));
    }
    // A whole turn, and more than one.
    sequences.push_back(sequences[0].substr(70'000) + sequences[0].substr(0, 70'000));
    sequences.push_back(genome.substr(100'000) + genome.substr(0, 30'000));
    mm::ClusterRequest request = nucleotides();
    for (const bool packs : {true, false}) {
      // Without packing nobody knows of U.
      if (!packs && letters != mm_test::kNucleotides) continue;
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
  mm_test::Random random(8);
  const std::string founder = mm_test::randomSequence(random, 300, "ACGU");
  const Sequences sequences{founder, turned(founder.substr(0, 290)), founder.substr(10, 280)};
  CHECK(clustered(nucleotides(), sequences, {}).counts.representatives == 1);
  mm::ClusterRequest request = nucleotides();
  request.bothStrands = false;
  CHECK(clustered(request, sequences, {}).counts.representatives == 2);
}

void saysWhatItLacks() {
  mm_test::Random random(9);
  const Sequences sequences = families(random, 20, mm_test::kNucleotides, true);
  Result result;
  Run run(nucleotides(), sequences);
  const mm::Outcome outcome = run.cluster({.memoryBytes = size_t{1} << 20}, result);
  CHECK(outcome.kind == mm::Outcome::Kind::memory && outcome.value > size_t{1} << 20);
}

void endsWhenCancelled() {
  mm_test::Random random(10);
  const Sequences sequences = families(random, 20, mm_test::kNucleotides, true);
  Result result;
  Run run(nucleotides(), sequences);
  run.progress().cancelled = true;
  CHECK(run.cluster({.threads = 2}, result).kind == mm::Outcome::Kind::cancelled);
}

void nothingIsFine() {
  CHECK(clustered(nucleotides(), {}, {}).counts.representatives == 0);
}

}  // namespace

int main() {
  mm_test::Random random(1);
  const Sequences genes = families(random, 250, mm_test::kNucleotides, true);
  const Sequences chains = families(random, 250, mm_test::kAminoAcids, false);
  dependsOnNothingElse(nucleotides(), genes, random, mm_test::kNucleotides);
  dependsOnNothingElse(proteins(), chains, random, mm_test::kAminoAcids);
  orderDoesNotMatter(nucleotides(), genes, random);
  orderDoesNotMatter(proteins(), chains, random);
  duplicatesAcrossBatches();
  coversBoth();
  longSequences();
  partOfALongMember();
  circles();
  ribonucleicStrands();
  saysWhatItLacks();
  endsWhenCancelled();
  nothingIsFine();
  return checkResult();
}
