#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <mutex>

#include "../status.h"
#include "thread.h"

namespace mm {

/// Reaps one child that has ended, of those that came to this process when their own parent died. False when it has not ended, or is
/// no child of this process.
bool reapAdopted(pid_t pid);

struct ChildExit {
  int code = -1;
  int signal = 0;
  uint64_t maxResidentBytes = 0;
  double userMs = 0;
  double systemMs = 0;
};

/// What wait4(2) says of a child that has ended.
ChildExit describeExit(int status, const rusage& usage);

/// Waits for one child on a thread of its own: never for "any", the event loop has children too.
class ChildWaiter {
 public:
  /// @param leadsGroup it leads a process group, which ends with it
  ChildWaiter(pid_t pid, bool leadsGroup) : pid_(pid), leadsGroup_(leadsGroup) {}
  /// Kills a child that still runs, and reaps it.
  ~ChildWaiter();

  /// notify runs on the waiting thread, once, when the exit can be taken. On failure the child is gone.
  Status start(std::function<void()> notify);
  /// True once the child is reaped, with its exit.
  bool take(ChildExit& exit);

 private:
  void wait(const std::function<void()>& notify);
  void killIfRunning();

  const pid_t pid_;
  const bool leadsGroup_;
  std::mutex mutex_;
  bool reaped_ = false;
  ChildExit exit_;
  Thread thread_;
};

}  // namespace mm
