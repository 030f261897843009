#pragma once

#include <vector>

#include "batch.h"
#include "process_table.h"

namespace mm::profile {

/**
 * How much processor time measuring may take: six thousandths of the time that goes by, which leaves the rest of a hundredth to the ticks.
 * What was not taken is kept for a while; a measurement that took more is paid off before the next, so that a process of many GiB, whose page
 * tables take long to walk, is measured less often.
 */
class MeasuringTime {
 public:
  explicit MeasuringTime(double nowMs) : atMs_(nowMs) {}
  /// For a new high it may be owed.
  bool isLeft(double nowMs, bool isHigh);
  void spend(double milliseconds) { leftMs_ -= milliseconds; }

 private:
  static constexpr double kShare = 0.006;
  static constexpr double kMostMs = 20;

  double atMs_;
  double leftMs_ = kMostMs;
};

/// Reads smaps_rollup and status, and writes the rows of what they say.
class Measurer {
 public:
  explicit Measurer(BatchExchange& out, uint64_t pageBytes);

  /// False when the process was gone before all was read.
  bool measure(Process& process, uint64_t sharingChanges, double nowMs);
  /// Processes whose smaps_rollup is not ours to read (another user's, or a kernel without it), and of which only resident sizes are known.
  uint64_t refusals() const { return refusals_; }
  uint64_t losses() const { return losses_; }

 private:
  bool readRollup(Process& process, const ProcessStatus& status, Rollup& rollup);

  BatchExchange& out_;
  const uint64_t pageBytes_;
  uint64_t refusals_ = 0;
  uint64_t losses_ = 0;
};

}  // namespace mm::profile
