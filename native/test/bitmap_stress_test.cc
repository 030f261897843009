// Each index is owned by at most one thread at a time, and none is lost, under contention.

#include <thread>
#include <vector>

#include "../core/bitmap.h"
#include "check.h"

namespace {

constexpr uint32_t kCapacity = 100;
constexpr int kThreads = 4;
constexpr int kRounds = 20000;

void takesAllThenNone() {
  const auto bitmap = mm::AtomicBitmap::create(kCapacity);
  std::vector<bool> seen(kCapacity);
  for (uint32_t count = 0; count < kCapacity; ++count) {
    const int64_t index = bitmap->acquire();
    if (!CHECK(index >= 0 && index < kCapacity)) return;
    CHECK(!seen[static_cast<size_t>(index)]);
    seen[static_cast<size_t>(index)] = true;
  }
  CHECK(bitmap->acquire() == -1);
  CHECK(bitmap->available() == 0);
  CHECK(bitmap->release(64));
  CHECK(bitmap->available() == 1);
  CHECK(bitmap->acquire() == 64);
}

void refusesDoubleRelease() {
  const auto bitmap = mm::AtomicBitmap::create(1);
  CHECK(!bitmap->release(0));
  CHECK(bitmap->acquire() == 0);
  CHECK(bitmap->release(0));
  CHECK(!bitmap->release(0));
  CHECK(!bitmap->release(1));
  CHECK(!bitmap->release(UINT32_MAX));
  CHECK(bitmap->available() == 1);
}

void fillsWholeWords() {
  const auto bitmap = mm::AtomicBitmap::create(128);
  for (int count = 0; count < 128; ++count) CHECK(bitmap->acquire() == count);
  CHECK(bitmap->acquire() == -1);
}

void ownersExcludeEachOther() {
  const auto bitmap = mm::AtomicBitmap::create(kCapacity);
  // Not atomic on purpose: the bitmap alone orders these writes, and the thread sanitizer looks.
  std::vector<int> owner(kCapacity, 0);
  std::vector<std::thread> threads;
  for (int thread = 1; thread <= kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<int64_t> held;
      for (int round = 0; round < kRounds; ++round) {
        const int64_t index = bitmap->acquire();
        if (index >= 0) {
          int& mine = owner[static_cast<size_t>(index)];
          if (mine != 0) CHECK(mine == 0);
          mine = thread;
          held.push_back(index);
        }
        if (held.empty() || (held.size() < 30 && round % 3 != 0)) continue;
        int& mine = owner[static_cast<size_t>(held.back())];
        if (mine != thread) CHECK(mine == thread);
        mine = 0;
        if (!bitmap->release(static_cast<uint32_t>(held.back()))) CHECK(false);
        held.pop_back();
      }
      for (const int64_t index : held) {
        owner[static_cast<size_t>(index)] = 0;
        CHECK(bitmap->release(static_cast<uint32_t>(index)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(bitmap->available() == kCapacity);
}

}  // namespace

int main() {
  takesAllThenNone();
  refusesDoubleRelease();
  fillsWholeWords();
  ownersExcludeEachOther();
  return checkResult();
}
