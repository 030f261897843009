#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "../core/linux/child.h"
#include "../core/linux/spawn.h"
#include "../core/linux/thread.h"
#include "trace_queue.h"

namespace mm::profile {

/**
 * Runs a program under ptrace(2) and tells of every process that comes from it, however short it lives, with its VmHWM and its exact end.
 * Threads are followed too: one of them may fork. What the program sees is what it would see without: signals are passed on, stopped
 * processes stay stopped until they are continued, and their parents learn of it. Except that programs with setuid bits run without them,
 * and that nobody else (gdb, strace, LeakSanitizer) can trace the tree.
 */
class Tracer {
 public:
  Tracer() : queue_(std::make_shared<TraceQueue>()) {}
  ~Tracer() { stop(); }

  /// Starts the program from the tracer's thread. Where ptrace is refused it runs untraced. `notify` is called on that thread when take()
  /// has the exit.
  Result<pid_t> start(SpawnRequest request, std::function<void()> notify);
  /// True once the program itself has been reaped.
  bool take(ChildExit& exit);
  /// Kills the program if it still runs, lets all others go on untraced, and ends the thread.
  void stop();
  /// 0, or why ptrace was refused.
  int refusal() const { return refusal_.load(); }
  const std::shared_ptr<TraceQueue>& queue() const { return queue_; }

 private:
  /// What is known of a thread, and of its process where it is the first one.
  struct Tracee {
    pid_t process = 0;
    uint64_t highWaterBytes = 0;
    /// Its memory is its parent's: vfork, until it executes a program.
    bool isBorrowed = false;
    bool hasExecuted = false;
    /// The first thread has come to its end.
    bool isLeaving = false;
  };

  void run(SpawnRequest request, const std::shared_ptr<std::promise<Result<pid_t>>>& started);
  void loop();
  void onStop(pid_t thread, int status);
  void onEnd(pid_t thread, int status);
  void resume(pid_t thread, int signal) const;
  void noteBirth(pid_t thread, pid_t creator);
  void noteLoan(pid_t process);
  void noteExec(pid_t process);
  void noteExit(pid_t thread);
  void send(TraceEvent::Kind kind, pid_t pid, pid_t parent, const ChildExit& exit, uint64_t highWaterBytes);

  std::shared_ptr<TraceQueue> queue_;
  std::function<void()> notify_;
  std::unordered_map<pid_t, Tracee> tracees_;
  /// Its program was told of when it was started.
  bool hasRootExecuted_ = false;
  std::atomic<int> refusal_{0};
  std::atomic<bool> isStopping_{false};
  std::atomic<bool> hasEnded_{false};
  std::atomic<pid_t> threadId_{0};

  std::mutex mutex_;
  bool isReaped_ = false;
  ChildExit exit_;
  pid_t root_ = 0;
  Thread thread_;
};

}  // namespace mm::profile
