// Slots under contention: loaned once, shared by count, cleared on their way back, and waited for.

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "../core/pool.h"
#include "check.h"

namespace {

constexpr size_t kSlotBytes = 4096;

std::shared_ptr<mm::Region> makeRegion(size_t byteLength) {
  return mm::Region::anonymous(byteLength, mm::PagePolicy::base).value;
}

std::shared_ptr<mm::Pool> makePool(uint32_t slots, bool clearOnRelease) {
  return mm::Pool::create(makeRegion(slots * kSlotBytes), kSlotBytes, 64, clearOnRelease).value;
}

void countsReferences() {
  const auto pool = makePool(2, false);
  CHECK(pool->capacity() == 2);
  const auto slot = static_cast<uint32_t>(pool->loan());
  CHECK(pool->retain(slot) == 2);
  CHECK(pool->release(slot) == 1);
  CHECK(pool->isOut(slot));
  CHECK(pool->release(slot) == 0);
  CHECK(pool->release(slot) == -1);
  CHECK(pool->retain(slot) == -1);
  CHECK(pool->retain(2) == -1);
  CHECK(!pool->isOut(2));
  CHECK(pool->loans() == 1 && pool->peakInUse() == 1 && pool->available() == 2);
}

void refusesBadShapes() {
  CHECK(mm::Pool::create(makeRegion(4096), 0, 64, false).status.error == EINVAL);
  CHECK(mm::Pool::create(makeRegion(4096), 4097, 64, false).status.error == EINVAL);
  CHECK(mm::Pool::create(makeRegion(4096), 64, 48, false).status.error == EINVAL);
  CHECK(mm::Pool::create(makeRegion(4096), 64, 0, false).status.error == EINVAL);
  const auto odd = mm::Pool::create(makeRegion(4096), 100, 64, false);
  CHECK(odd.ok() && odd.value->strideBytes() == 128 && odd.value->capacity() == 32);
  const auto single = mm::Pool::create(makeRegion(100), 100, 64, false);
  CHECK(single.ok() && single.value->capacity() == 1);
}

void pinsUntilClosed() {
  const auto region = makeRegion(2 * kSlotBytes);
  const auto pool = mm::Pool::create(region, kSlotBytes, 64, false).value;
  CHECK(region->close().error == EBUSY);
  const auto slot = static_cast<uint32_t>(pool->loan());
  CHECK(pool->close().error == EBUSY);
  pool->release(slot);
  CHECK(pool->attach());
  CHECK(pool->close().error == EBUSY);
  pool->detach();
  CHECK(pool->close().ok());
  CHECK(pool->close().ok());
  CHECK(pool->loan() == -1 && !pool->attach());
  CHECK(!region->pinned() && region->close().ok() && region->closed());
  CHECK(mm::Pool::create(region, kSlotBytes, 64, false).status.error == EBADF);
}

/// Many threads write a mark over a whole slot, hand a second reference around, and look for strangers' marks.
void slotsAreExclusiveUnderContention() {
  constexpr uint32_t kSlots = 5;
  const auto pool = makePool(kSlots, true);
  std::vector<std::thread> threads;
  for (int mark = 1; mark <= 4; ++mark) {
    threads.emplace_back([&pool, mark] {
      const std::atomic<bool> never{false};
      for (int round = 0; round < 4000; ++round) {
        const auto slot = static_cast<uint32_t>(pool->loanWait(never));
        uint8_t* bytes = pool->slotData(slot);
        if (bytes[0] != 0 || bytes[kSlotBytes - 1] != 0) CHECK(!"a slot came back with bytes in it");
        std::memset(bytes, mark, kSlotBytes);
        if (round % 2 == 0) {
          pool->retain(slot);
          pool->release(slot);
        }
        if (bytes[kSlotBytes / 2] != mark) CHECK(!"two owners of one slot");
        if (pool->release(slot) != 0) CHECK(!"a reference too many");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(pool->available() == kSlots);
  CHECK(pool->loans() == 16000);
  CHECK(pool->peakInUse() <= kSlots && pool->peakInUse() >= 1);
  CHECK(pool->close().ok());
}

void lastReferenceFreesOnAnyThread() {
  const auto pool = makePool(1, false);
  for (int round = 0; round < 500; ++round) {
    const auto slot = static_cast<uint32_t>(pool->loan());
    constexpr int kHolders = 3;
    for (int holder = 1; holder < kHolders; ++holder) pool->retain(slot);
    std::vector<std::thread> threads;
    for (int holder = 0; holder < kHolders; ++holder) threads.emplace_back([&pool, slot] { pool->release(slot); });
    for (std::thread& thread : threads) thread.join();
    if (pool->available() != 1) CHECK(!"the slot did not come back");
  }
  CHECK(pool->available() == 1);
}

void waitingEndsByReleaseOrStop() {
  const auto pool = makePool(1, false);
  const auto slot = static_cast<uint32_t>(pool->loan());
  std::atomic<bool> stop{false};
  int64_t got = -2;
  std::thread waiter([&] { got = pool->loanWait(stop); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  pool->release(slot);
  waiter.join();
  CHECK(got == slot);

  std::thread stopped([&] { got = pool->loanWait(stop); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  stop.store(true);
  pool->wake();
  stopped.join();
  CHECK(got == -1);
  pool->release(slot);
}

}  // namespace

int main() {
  countsReferences();
  refusesBadShapes();
  pinsUntilClosed();
  slotsAreExclusiveUnderContention();
  lastReferenceFreesOnAnyThread();
  waitingEndsByReleaseOrStop();
  return checkResult();
}
