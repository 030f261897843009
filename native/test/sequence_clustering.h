#pragma once

// Clusters of made-up families, each member checked: its assignment gives it back and reaches the identity.

#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

#include "../core/xxh64.h"
#include "../sequence/assignment.h"
#include "../sequence/cluster.h"
#include "check.h"
#include "sequence_assignments.h"
#include "sequence_random.h"

namespace mm_test {

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

inline std::span<const uint8_t> bytesOf(const std::string& text) {
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
    CHECK(applyOperations(turned, a.operations, out));
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

inline Result clustered(const mm::ClusterRequest& request, const Sequences& sequences, const Variation& variation) {
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

inline std::string turned(const std::string& sequence) {
  std::vector<uint8_t> out(sequence.size());
  mm::reverseComplement(bytesOf(sequence), out);
  return {out.begin(), out.end()};
}

/// Families of variants and fragments, exact duplicates, and odd ones: empty, short, without a k-mer.
inline Sequences families(Random& random, size_t count, std::string_view letters, bool bothStrands) {
  Sequences sequences;
  for (size_t family = 0; family < count; ++family) {
    const std::string founder = randomSequence(random, 40 + random() % 600, letters);
    for (size_t variants = random() % 12; variants-- > 0;) {
      std::string variant = mutated(random, founder, 10 + random() % 60, letters);
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

inline mm::ClusterRequest nucleotides() {
  return {.alphabet = mm::Alphabet::nucleotide, .identity = 9500, .residues = 300'000};
}

inline mm::ClusterRequest proteins() {
  return {.alphabet = mm::Alphabet::protein, .identity = 9000, .bothStrands = false, .residues = 300'000};
}

}  // namespace mm_test
