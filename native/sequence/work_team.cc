#include "work_team.h"

#include <algorithm>
#include <new>

namespace mm {

namespace {

constexpr uint32_t kOver = UINT32_MAX;
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
  generation_.store(kOver, std::memory_order_release);
  generation_.notify_all();
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
  for (uint32_t seen = 0;;) {
    generation_.wait(seen, std::memory_order_acquire);
    seen = generation_.load(std::memory_order_acquire);
    if (seen == kOver) return;
    takeItems(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void WorkTeam::runErased(size_t count, Body body, void* self) {
  body_ = body;
  self_ = self;
  count_ = count;
  taken_.store(0, std::memory_order_relaxed);
  const uint32_t helpers = static_cast<uint32_t>(helpers_.size());
  busy_.store(helpers, std::memory_order_relaxed);
  if (helpers != 0) {
    const uint32_t next = generation_.load(std::memory_order_relaxed) + 1;
    generation_.store(next == kOver ? 0 : next, std::memory_order_release);
    generation_.notify_all();
  }
  takeItems(0);
  for (uint32_t busy = busy_.load(std::memory_order_acquire); busy != 0; busy = busy_.load(std::memory_order_acquire)) {
    busy_.wait(busy, std::memory_order_acquire);
  }
}

}  // namespace mm
