#pragma once

#include <sys/types.h>

#include <vector>

#include "proc_file.h"

namespace mm::profile {

/**
 * Finds the pids that may be new. The kernel gives pids out in order, and proc_loadavg(5) names the last one, so that what came
 * since is known without looking through /proc: a tick in which nobody was started costs one short read, however many processes there are.
 */
class NewPids {
 public:
  /// Fills `pids` in the order in which they were given out; threads are among them.
  void collect(double nowMs, std::vector<pid_t>& pids);
  /// All of /proc.
  void scan(std::vector<pid_t>& pids);

 private:
  /// Beyond so many, looking through /proc is cheaper than asking for each.
  static constexpr pid_t kMostProbes = 512;
  /// All of /proc is looked through so often at most, for what the short way might miss.
  static constexpr double kScanMs = 2000;

  ProcFile loadavg_;
  UniqueFd folder_;
  pid_t last_ = -1;
  /// Where the scan before stopped, and whether anybody was started since.
  double lastScanMs_ = 0;
  bool hasNewSinceScan_ = true;
  /// Given out at the last call, when the process may not have been visible yet.
  pid_t earlierFirst_ = 0;
  pid_t earlierLast_ = -1;
};

}  // namespace mm::profile
