#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <vector>

namespace mm::profile {

/// What ptrace(2) told of a process.
struct TraceEvent {
  enum class Kind { came, executed, ended };
  Kind kind;
  pid_t pid;
  /// Of `came`.
  pid_t parent;
  /// CLOCK_MONOTONIC.
  double monotonicMs;
  /// Of `ended`.
  int code;
  int signal;
  uint64_t highWaterBytes;
  char name[16];
  /// The first bytes of argv, each word ended by 0.
  char command[1024];
  uint32_t commandBytes;
};

/// From the tracer's thread to the sampler's, in order, in memory that is reserved once.
class TraceQueue {
 public:
  TraceQueue();
  /// Counts what there is no room for.
  void push(const TraceEvent& event);
  /// Takes all there is, in place of what `events` holds.
  void take(std::vector<TraceEvent>& events);
  uint64_t losses() const;

 private:
  mutable std::mutex mutex_;
  std::vector<TraceEvent> events_;
  uint64_t losses_ = 0;
};

}  // namespace mm::profile
