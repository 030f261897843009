#include "trace_queue.h"

namespace mm::profile {
namespace {

/// 50 ms of a machine that starts 25,000 programs a second, which is more than ptrace lets it.
constexpr size_t kEvents = 4096;

}  // namespace

TraceQueue::TraceQueue() {
  events_.reserve(kEvents);
}

void TraceQueue::push(const TraceEvent& event) {
  const std::lock_guard lock(mutex_);
  if (events_.size() == kEvents) {
    ++losses_;
    return;
  }
  events_.push_back(event);
}

void TraceQueue::take(std::vector<TraceEvent>& events) {
  events.clear();
  events.reserve(kEvents);
  const std::lock_guard lock(mutex_);
  events.swap(events_);
}

uint64_t TraceQueue::losses() const {
  const std::lock_guard lock(mutex_);
  return losses_;
}

}  // namespace mm::profile
