#pragma once

#include <sys/types.h>

#include <vector>

#include "proc_file.h"

namespace mm::profile {

/**
 * Finds the pids that may be new. The kernel gives pids out in order, and proc_loadavg(5) names the last one, so that what came since is
 * known without looking through /proc: a tick in which nobody was started costs one short read, however many processes there are.
 */
class NewPids {
 public:
  /// Whether that counter is the one of this pid namespace (LXC may show the host's, gVisor none): `newest` was given out just now.
  void checkCounter(pid_t newest);
  /// Fills `pids`, threads among them, in the order in which they were given out. True when all of /proc was looked through, as at the
  /// first call, or when pids began anew from below: then the order says nothing.
  bool collect(double nowMs, std::vector<pid_t>& pids);

 private:
  /// Beyond so many, looking through /proc is cheaper than asking for each.
  static constexpr pid_t kMostProbes = 512;
  /// So many before the last one may not have been visible to a scan.
  static constexpr pid_t kRecent = 16;
  /// Without the counter, all of /proc is looked through so often.
  static constexpr double kScanMs = 250;

  pid_t readLast();
  bool scanAnew(double nowMs, std::vector<pid_t>& pids);
  void scan(std::vector<pid_t>& pids);

  ProcFile loadavg_;
  UniqueFd folder_;
  bool isTrusted_ = false;
  pid_t last_ = 0;
  double lastScanMs_ = -kScanMs;
  /// In order: who was there at the last scan without the counter.
  std::vector<pid_t> known_;
  /// Given out at the last call, when the process may not have been visible yet.
  pid_t earlierFirst_ = 0;
  pid_t earlierLast_ = -1;
};

}  // namespace mm::profile
