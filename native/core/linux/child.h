#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <mutex>

#include "../status.h"
#include "thread.h"

namespace mm {

struct ChildExit {
  int code = -1;
  int signal = 0;
  uint64_t maxResidentBytes = 0;
  double userMs = 0;
  double systemMs = 0;
};

/// Waits for one child on a thread of its own: never for "any", the event loop has children too. Its process group ends with it.
class ChildWaiter {
 public:
  explicit ChildWaiter(pid_t pid) : pid_(pid) {}
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
  std::mutex mutex_;
  bool reaped_ = false;
  ChildExit exit_;
  Thread thread_;
};

}  // namespace mm
