#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "../core/external_sorter.h"
#include "../core/job.h"
#include "cluster.h"
#include "input_windows.h"

namespace mm {

enum class ClusterFormat : uint8_t { tsv, clstr, uc };

struct OutputRequest {
  /// The same bytes ingest read.
  InputWindowsRequest windows;
  std::array<uint8_t, 32> inputSha256{};
  uint64_t inputBytes = 0;
  uint64_t records = 0;
  Alphabet alphabet = Alphabet::nucleotide;
  uint32_t identity = 9000;
  uint32_t coverage = 8000;
  CoverageMode coverageMode = CoverageMode::member;
  /// Files opened for writing, empty. clusters and index (.fai of the representatives) may be -1.
  int representatives = -1;
  int deltas = -1;
  int clusters = -1;
  int index = -1;
  ClusterFormat clusterFormat = ClusterFormat::tsv;
};

struct OutputCounts {
  uint64_t representativeBytes = 0;
  uint64_t deltaBytes = 0;
  uint64_t clusterBytes = 0;
  /// Representatives without a line in the index: an empty name, lines of unequal length or with bytes that are no
  /// printable residues.
  uint64_t unindexed = 0;
  /// XXH64 of the representatives file, as the delta file names it.
  uint64_t representativesHash = 0;
};

/// Reads the input a second time, in order: representatives go out as they are, members as deltas. io with ESTALE when
/// its bytes are not those that ingest hashed. `rows` sorts the lines of the cluster table. The cluster table is sorted
/// by representative, its own row first; see docs/formats/mmd.md. Names in it are cut at 64 KiB.
Outcome writeReduced(const OutputRequest& request, ExternalSorter& assignments, ExternalSorter& rows, Grant memory,
                     Progress& progress, OutputCounts& counts);

/// The least memory with which writeReduced() ends; 80 bytes a block of the delta file come on top.
size_t fewestOutputBytes(const OutputRequest& request);

struct RestoreRequest {
  int representatives = -1;
  uint64_t representativesBytes = 0;
  int deltas = -1;
  uint64_t deltasBytes = 0;
  /// Where the bytes go: a file or a pipe; -1 = nowhere, they are only hashed.
  int output = -1;
  unsigned threads = 1;
};

struct RestoreCounts {
  uint64_t records = 0;
  uint64_t outputBytes = 0;
  std::array<uint8_t, 32> sha256{};
  std::array<uint8_t, 32> wantedSha256{};
};

/// Every byte of the input again. malformed when the delta file is damaged or does not belong to these representatives,
/// before anything is written where that can be known.
Outcome restoreAll(const RestoreRequest& request, Grant memory, Progress& progress, RestoreCounts& counts);

/// The least memory with which restoreAll() keeps so many threads busy; with less it takes fewer, down to one. 80 bytes a
/// block of the delta file come on top. More keeps more of the representatives. For restoreNamed(): one thread's, and 12
/// bytes a name.
size_t fewestRestoreBytes(unsigned threads);

/// The records with these names (first word of the header), in the order of the input; reads the blocks that may hold
/// them. `found` counts them.
Outcome restoreNamed(const RestoreRequest& request, std::span<const std::span<const uint8_t>> names, Grant memory,
                     Progress& progress, uint64_t& found);

}  // namespace mm
