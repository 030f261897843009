#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "../status.h"

namespace mm {

struct SpawnLimits {
  /// Soft limit only, so that prlimit can loosen it again without privilege.
  std::optional<uint64_t> dataBytes;
  std::optional<uint64_t> coreBytes;
  std::optional<uint64_t> fileSizeBytes;
  std::optional<uint64_t> openFiles;
  /// SIGXCPU at this many seconds, SIGKILL one later.
  std::optional<uint64_t> cpuSeconds;
  /// No socket of any family, for the child and its children, where the kernel has seccomp filters.
  bool noSockets = false;
};

struct SpawnRequest {
  /// A path; PATH is not searched.
  std::string file;
  std::vector<std::string> args;
  /// The whole environment; for a guest what is added to this process's, or stands in for what has its name there.
  std::vector<std::string> env;
  std::string cwd;
  /// Descriptor for child fd 0, 1, ...; -1 = /dev/null.
  std::vector<int> stdio;
  SpawnLimits limits;
  int oomScoreAdj = 0;
  int niceness = 0;
  /// The program of somebody else, which is to find the world as if it had been started without mm: it stays in the process group of the
  /// terminal, keeps its privileges, huge pages and those inherited descriptors that are not close-on-exec. This process becomes the
  /// one its orphans fall to (PR_SET_CHILD_SUBREAPER), for good.
  bool isGuest = false;
  /// Lives on when the thread that started it dies.
  bool outlivesParent = false;
  /// Called with the child's pid before it is the program, while it waits; empty = it does not wait.
  std::function<void(pid_t)> beforeExec;
  /// A cgroup.procs file that the child enters before it becomes the program; empty = none.
  std::string cgroupProcs;
};

/// Starts a program that dies with the calling thread unless it is told to outlive it. Fails with the errno and name of the step that failed.
Result<pid_t> spawnProcess(const SpawnRequest& request);

/// RLIMIT_DATA of a running process: the soft limit, and the hard one if it is lower.
Status setDataLimit(pid_t pid, uint64_t dataBytes);

}  // namespace mm
