#pragma once

#include <array>
#include <cstdint>

#include "../core/external_sorter.h"
#include "../core/job.h"
#include "record.h"

namespace mm {

enum class CoverageMode : uint8_t { member, both };

struct ClusterRequest {
  Alphabet alphabet = Alphabet::nucleotide;
  bool packs = true;
  /// x 10^4.
  uint32_t identity = 9000;
  uint32_t coverage = 8000;
  CoverageMode coverageMode = CoverageMode::member;
  bool bothStrands = true;
  /// Of all records, where known: the table of representatives is made for so many.
  uint64_t residues = UINT64_MAX;
  /// Of one record: what a batch has room for. More than a byte for each of its residues is not needed.
  uint64_t longestPayloadBytes = UINT64_MAX;
  /// At most; as many as the memory is enough for.
  unsigned threads = 1;
  /// Sequences worked on at once.
  uint32_t batchRecords = 10'000;
  /// How many table lookups ahead of its use a line is fetched; 0 = none.
  uint32_t prefetchDistance = 8;
};

struct ClusterCounts {
  uint64_t representatives = 0;
  uint64_t members = 0;
  /// Among the members: the same residues as an earlier record.
  uint64_t exactDuplicates = 0;
  /// How often the table of representatives was full and the rest went another round.
  uint64_t rounds = 0;
  uint64_t alignments = 0;
  /// Members by identity: [0] 100 %, [1] 99 to 100, ... [50] below 51.
  std::array<uint64_t, 51> identities{};
  /// Clusters by bit length of their size: [1] one record, [2] 2 to 3, ...
  std::array<uint64_t, 42> clusterSizes{};
};

/// Two files of what a full table leaves for the next round, read and written in turn.
struct RoundFiles {
  SpillFile* first;
  SpillFile* second;
};

/// Greedy clustering in rank order: a record joins the representative of the lowest rank that it passes against, else
/// it becomes one. Writes an assignment for every record that is not a representative. The result depends on the
/// records and the request alone, not on memory, threads or batches.
Outcome cluster(const ClusterRequest& request, ExternalSorter& byRank, ExternalSorter& assignments, RoundFiles files, Grant memory,
                Progress& progress, ClusterCounts& counts);

/// The least memory with which cluster() ends, for sequences up to this length; more makes fewer rounds. Sequences of
/// kLongestCompared and more do not count.
size_t fewestClusterBytes(const ClusterRequest& request, uint64_t longestLength);

}  // namespace mm
