#pragma once

#include <vector>

#include "batch.h"
#include "process_table.h"

namespace mm::profile {

/**
 * How much processor time measuring may take: four thousandths of the time that goes by, which leaves the rest of a hundredth to the ticks.
 * What was not taken is kept for a while; a measurement that took more is paid off before the next. The page tables of a process of many GiB
 * take long to walk, and it waits for them where it maps or unmaps: a measurement of what is known well enough without is saved up for.
 */
class MeasuringTime {
 public:
  explicit MeasuringTime(double nowMs) : atMs_(nowMs) {}
  /// To be spent on so many resident bytes one day.
  void earn(double nowMs, uint64_t bytes);
  /// For so many resident bytes that can wait.
  bool isSavedUp(uint64_t bytes) const { return leftMs_ >= kReservedMs + expectedMs(bytes); }
  /// For what only a measurement can tell. Where it is urgent it may be owed.
  bool isLeft(bool isUrgent) const { return leftMs_ > (isUrgent ? -kMostMs : 0); }
  void spend(double milliseconds, uint64_t bytes);

 private:
  double expectedMs(uint64_t bytes) const { return static_cast<double>(bytes) * msPerByte_; }

  static constexpr double kShare = 0.004;
  static constexpr double kMostMs = 20;
  /// Not for what can wait: what runs for a second is not to be measured for a fiftieth of it.
  static constexpr double kReservedMs = 16;
  /// So many resident bytes tell what others will take; of fewer, most is not for them.
  static constexpr uint64_t kTellingBytes = 16 * 1024 * 1024;

  double atMs_;
  double leftMs_ = kMostMs;
  /// Of the last measurement; at first as measured with pages of 4 KiB.
  double msPerByte_ = 12.0 / (1 << 30);
};

/// Reads smaps_rollup and status, and writes the rows of what they say.
class Measurer {
 public:
  explicit Measurer(BatchExchange& out, uint64_t pageBytes);

  /// False when the process was gone before all was read.
  bool measure(Process& process, uint64_t sharingChanges, double nowMs);
  /// Of a process whose growth is certain: the row that a measurement would write now, from the last one and what the resident size says.
  void moveOn(Process& process, double nowMs);
  /// Processes whose smaps_rollup is not ours to read (another user's, or a kernel without it), and of which only resident sizes are known.
  uint64_t refusals() const { return refusals_; }
  uint64_t losses() const { return losses_; }

 private:
  bool readRollup(Process& process, const ProcessStatus& status, Rollup& rollup);
  void writeRow(const Process& process, const Rollup& rollup, const ProcessStatus& status, double nowMs);

  BatchExchange& out_;
  const uint64_t pageBytes_;
  uint64_t refusals_ = 0;
  uint64_t losses_ = 0;
};

}  // namespace mm::profile
