#pragma once

#include "../core/external_sorter.h"
#include "../core/job.h"

namespace mm {

struct LiftIndexRequest {
  int representatives = -1;
  uint64_t representativesBytes = 0;
  int deltas = -1;
  uint64_t deltasBytes = 0;
};

struct LiftIndexCounts {
  uint64_t representatives = 0;
  uint64_t members = 0;
  /// Records that the delta file holds without saying what they are made of: nothing can be lifted to them.
  uint64_t stored = 0;
};

/// Where the index is made and kept.
struct LiftFiles {
  /// For sorting.
  SpillFile* records = nullptr;
  SpillFile* entries = nullptr;
  /// See lift_file.h.
  SpillFile* lifts = nullptr;
  SpillFile* names = nullptr;
};

/// Reads a delta file and its representatives once, and sorts what members are made of by representative. malformed when
/// the files are damaged or do not belong together.
Outcome indexLifts(const LiftIndexRequest& request, const LiftFiles& files, Grant memory, Progress& progress,
                   LiftIndexCounts& counts);

/// The least memory with which indexLifts() ends; 80 bytes a block of the delta file come on top.
size_t fewestLiftIndexBytes();

}  // namespace mm
