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
  /// Fills `pids`, threads among them, in the order in which they were given out. True when all of /proc was looked through, at the first
  /// call for one: then the order says nothing.
  bool collect(double nowMs, std::vector<pid_t>& pids);

 private:
  void scan(std::vector<pid_t>& pids);

  /// Beyond so many, looking through /proc is cheaper than asking for each.
  static constexpr pid_t kMostProbes = 512;
  /// So many before the last one may not have been visible to a scan.
  static constexpr pid_t kRecent = 16;
  /// All of /proc is looked through so often at most, for what the short way might miss.
  static constexpr double kScanMs = 2000;

  ProcFile loadavg_;
  UniqueFd folder_;
  pid_t last_ = -1;
  double lastScanMs_ = 0;
  bool hasNewSinceScan_ = true;
  /// Given out at the last call, when the process may not have been visible yet.
  pid_t earlierFirst_ = 0;
  pid_t earlierLast_ = -1;
};

}  // namespace mm::profile
