#pragma once

#include <array>

#include "../core/job.h"
#include "../core/linux/spill_file.h"
#include "hit_writer.h"

namespace mm {

struct ExpandRequest {
  /// A regular file.
  int hits = -1;
  uint64_t hitsBytes = 0;
  /// A file or a pipe.
  int output = -1;
};

struct ExpandCounts {
  /// Lines read; of a failure its line, and where that starts.
  uint64_t lines = 0;
  uint64_t position = 0;
  /// Lines written, by what they say of themselves.
  std::array<uint64_t, kHitMarks> marks{};
  uint64_t outputBytes = 0;
};

/// Writes each hit, and behind it the hit of each member of its target that has an aligned residue there, in the order of
/// the members' records. malformed names the line in `counts`.
Outcome expandHits(const ExpandRequest& request, const SpillFile& names, const SpillFile& lifts, Grant memory,
                   Progress& progress, ExpandCounts& counts);

/// The least memory with which expandHits() ends, where no line is longer than 1 MiB.
size_t fewestExpandBytes();

}  // namespace mm
