#pragma once

#include "process_table.h"

namespace mm::profile {

/// Mapped files and shared memory that came unmeasured: less is libraries that a program maps, and not worth a measurement of its own.
constexpr uint64_t kUnknownBytes = 8 * 1024 * 1024;

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

/// Whether what came since the last measurement can only be the process's own: anonymous pages, of one that shares nothing.
bool isCertain(const Process& process, uint64_t pageBytes);

/// Of a process whose growth is certain: its last measurement, moved by what the resident size has moved since.
Rollup movedRollup(const Process& process, uint64_t pageBytes);

/// Whether others had some of its memory too when it was measured.
bool isSharing(const Process& process);

/// Whether nothing can have changed since the last measurement. `sharingChanges` as in ProcessTree.
bool isCurrent(const Process& process, uint64_t sharingChanges);

}  // namespace mm::profile
