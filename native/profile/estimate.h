#pragma once

#include "process_table.h"

namespace mm::profile {

/// Bytes by kind, as the tree's table counts them.
struct Usage {
  uint64_t usedBytes = 0;
  uint64_t fileBytes = 0;
  /// Mapped files or shared memory: what came since the last measurement.
  uint64_t unknownBytes = 0;
};

/// What the last measurement says: anonymous and shared memory, each page divided by those who have it, swap, huge pages of its own.
uint64_t measuredBytes(const Rollup& rollup);

/**
 * The same now, from the resident sizes: what grew since the measurement is the process's own, what shrank went in equal shares. Shared memory
 * cannot be told from mapped files there, so it never grows between two measurements.
 */
Usage estimateUsage(const Process& process, uint64_t pageBytes);

/// Whether others had some of its memory too when it was measured.
bool isSharing(const Process& process);

/// Whether nothing can have changed since the last measurement. `sharingChanges` as in ProcessTree.
bool isCurrent(const Process& process, uint64_t sharingChanges);

}  // namespace mm::profile
