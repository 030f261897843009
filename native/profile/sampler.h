#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "../core/linux/thread.h"
#include "../core/linux/unique_fd.h"
#include "batch.h"
#include "cgroup_files.h"
#include "estimate.h"
#include "measurer.h"
#include "process_tree.h"
#include "trace_queue.h"

namespace mm::profile {

struct SamplerOptions {
  TreeOptions tree;
  double intervalMs = 50;
  /// CLOCK_MONOTONIC in milliseconds at which the capture began.
  double originMs = 0;
  /// The tree's own cgroup: its folder, and 1 or 2; 0 = none.
  std::string cgroupFolder;
  int cgroupVersion = 0;
  /// Of the tracer of a traced tree.
  std::shared_ptr<TraceQueue> traced;
};

struct SamplerFigures {
  uint64_t ticks = 0;
  /// Ticks that were due and did not come.
  uint64_t missedTicks = 0;
  /// Processor time of the sampler's thread.
  double cpuMs = 0;
  /// Highest usedBytes of the tree.
  uint64_t peakBytes = 0;
  uint64_t losses = 0;
  uint64_t refusals = 0;
  /// False once the root and all below it are gone.
  bool isTreeAlive = true;
  std::optional<uint64_t> cgroupPeakBytes;
  uint64_t oomKills = 0;
};

/// Looks at a process tree at every tick, on a thread of its own, without a page of the target touched.
class Sampler {
 public:
  explicit Sampler(const SamplerOptions& options);
  ~Sampler() { stop(); }

  /// The first look is taken before it returns.
  Status start();
  /// Takes a last look and ends the thread. Idempotent.
  void stop();
  /// A look as soon as the thread gets there, with every process measured.
  void measureNow();
  void rootEnded(ExitFacts facts);
  SamplerFigures figures() const;
  /// See BatchExchange.
  const Batch& drain() { return out_.drain(); }

 private:
  void run();
  void wake();
  void look(bool isDemanded);
  bool measureAll(double nowMs, bool isDemanded);
  /// Resident bytes of those of which something changed, by whether only a measurement can tell what.
  struct Due {
    uint64_t certainBytes = 0;
    uint64_t otherBytes = 0;
  };
  Due findDue();
  bool measureRound(double nowMs, bool isAgain, bool isLeftForAll);
  uint64_t ceilingBytes();
  void applyTraced();
  void writeTree(double nowMs, bool isMeasured);
  double nowMs() const;

  const SamplerOptions options_;
  BatchExchange out_;
  ProcessTree tree_;
  Measurer measurer_;
  MeasuringTime measuring_;
  std::optional<CgroupFiles> cgroup_;
  CgroupReading firstReading_;
  double lastMeasuringMs_;
  Usage usage_;
  /// What the tree used when it was last measured.
  uint64_t measuredBytes_ = 0;
  /// Of this look.
  CgroupReading reading_;
  std::vector<TraceEvent> traced_;
  /// Huge pages that several have: those of the process that has the most, since nothing says whose are the same.
  uint64_t sharedHugeBytes_ = 0;
  uint64_t treeLosses_ = 0;

  UniqueFd wake_;
  Thread thread_;
  std::atomic<bool> isStopping_{false};
  std::atomic<bool> isDemanded_{false};
  mutable std::mutex mutex_;
  /// Guarded by the mutex.
  SamplerFigures figures_;
  std::optional<ExitFacts> rootFacts_;
};

}  // namespace mm::profile
