#include "work_team.h"

#include <algorithm>
#include <new>

namespace mm {

namespace {

/// Items taken at once.
constexpr size_t kGrain = 4;

}  // namespace

Outcome WorkTeam::start(Grant& memory, unsigned threads) {
  const std::span<Thread> room = memory.take<Thread>(threads);
  if (room.empty()) return Outcome::lacksMemory(bytes(threads));
  for (unsigned worker = 1; worker < threads; ++worker) {
    Thread* helper = new (&room[worker - 1]) Thread();
    helpers_ = room.first(worker);
    const Status status = helper->start("mm-cluster", [this, worker] { help(worker); });
    if (!status.ok()) return Outcome::failed(status);
  }
  return {};
}

WorkTeam::~WorkTeam() {
  {
    const std::lock_guard lock(mutex_);
    isOver_ = true;
  }
  given_.notify_all();
  for (Thread& helper : helpers_) helper.~Thread();
}

void WorkTeam::takeItems(unsigned worker) {
  for (;;) {
    const size_t first = taken_.fetch_add(kGrain, std::memory_order_relaxed);
    if (first >= count_) return;
    for (size_t item = first; item < std::min(count_, first + kGrain); ++item) body_(self_, worker, item);
  }
}

void WorkTeam::help(unsigned worker) {
  for (uint64_t seen = 0;; ++seen) {
    {
      std::unique_lock lock(mutex_);
      given_.wait(lock, [&] { return isOver_ || generation_ != seen; });
      if (isOver_) return;
    }
    takeItems(worker);
    const std::lock_guard lock(mutex_);
    if (--busy_ == 0) done_.notify_one();
  }
}

void WorkTeam::runErased(size_t count, Body body, void* self) {
  {
    const std::lock_guard lock(mutex_);
    body_ = body;
    self_ = self;
    count_ = count;
    taken_.store(0, std::memory_order_relaxed);
    busy_ = helpers_.size();
    ++generation_;
  }
  given_.notify_all();
  takeItems(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return busy_ == 0; });
}

}  // namespace mm
