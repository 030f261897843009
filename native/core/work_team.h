#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "job.h"
#include "linux/thread.h"

namespace mm {

/// Threads that take the items of a list between them, together with the one that gave it. They sleep between two
/// lists.
class WorkTeam {
 public:
  WorkTeam() = default;
  WorkTeam(const WorkTeam&) = delete;
  WorkTeam& operator=(const WorkTeam&) = delete;
  ~WorkTeam();

  /// threads: with the calling one.
  Outcome start(Grant& memory, unsigned threads);
  static size_t bytes(unsigned threads) { return threads * sizeof(Thread) + 64; }

  /// action(worker, item) for each item below `count`, on all threads; back when all are done. A worker is a number
  /// below threads.
  template <typename Action>
  void run(size_t count, Action&& action) {
    const Body body = [](void* self, unsigned worker, size_t item) { (*static_cast<Action*>(self))(worker, item); };
    runErased(count, body, &action);
  }

 private:
  using Body = void (*)(void*, unsigned, size_t);

  void runErased(size_t count, Body body, void* self);
  void help(unsigned worker);
  void takeItems(unsigned worker);

  std::span<Thread> helpers_;
  Body body_ = nullptr;
  void* self_ = nullptr;
  size_t count_ = 0;
  std::atomic<size_t> taken_{0};

  std::mutex mutex_;
  std::condition_variable given_;
  std::condition_variable done_;
  /// Lists given so far.
  uint64_t generation_ = 0;
  bool isOver_ = false;
  size_t busy_ = 0;
};

}  // namespace mm
