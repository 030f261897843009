#include "input_windows.h"

#include <fcntl.h>

#include <algorithm>

namespace mm {

InputWindows::~InputWindows() {
  {
    const std::lock_guard lock(mutex_);
    isStopped_ = true;
  }
  changed_.notify_all();
  // Before the lock goes.
  reader_.join();
  hasher_.join();
}

Outcome InputWindows::start(Grant& memory) {
  memory_ = memory.take<uint8_t>(memoryBytes(request_), 64);
  if (memory_.empty()) return Outcome::lacksMemory(memoryBytes(request_));
  request_.input.adviseAll(request_.readsAhead ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM);
  Status started = reader_.start("mm-read", [this] { read(); });
  if (started.ok()) started = hasher_.start("mm-hash", [this] { hash(); });
  return started.ok() ? Outcome{} : Outcome::failed(started);
}

std::span<uint8_t> InputWindows::window(uint64_t number) const {
  return memory_.subspan(number % request_.windowCount * request_.windowBytes, request_.windowBytes);
}

void InputWindows::read() {
  for (uint64_t number = 0;; ++number) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] {
        return isStopped_ || number - std::min(hashedCount_, usedCount_) < request_.windowCount;
      });
      if (isStopped_) return;
    }
    const std::span<uint8_t> bytes = window(number);
    const uint64_t start = number * request_.windowBytes;
    if (request_.readsAhead) request_.input.fetch(start + request_.windowBytes, request_.windowBytes);
    size_t filled = 0;
    Outcome outcome;
    while (filled < bytes.size()) {
      size_t count = 0;
      outcome = request_.input.read(start + filled, bytes.subspan(filled), count);
      if (!outcome.ok() || count == 0) break;
      filled += count;
    }
    const bool isLast = filled < bytes.size();
    {
      const std::lock_guard lock(mutex_);
      if (filled > 0 && outcome.ok()) {
        ++readCount_;
        lastWindowBytes_ = filled;
      }
      outcome_ = outcome;
      isRead_ = isLast;
    }
    changed_.notify_all();
    if (isLast) return;
  }
}

void InputWindows::hash() {
  for (uint64_t number = 0;; ++number) {
    size_t bytes = 0;
    {
      std::unique_lock lock(mutex_);
      hashedCount_ = number;
      changed_.notify_all();
      changed_.wait(lock, [&] { return isStopped_ || isRead_ || readCount_ > number; });
      if (isStopped_ || number == readCount_) return;
      bytes = isRead_ && number + 1 == readCount_ ? lastWindowBytes_ : request_.windowBytes;
    }
    sha256_.update(window(number).first(bytes));
  }
}

std::span<const uint8_t> InputWindows::next() {
  std::unique_lock lock(mutex_);
  if (hasNext_) {
    ++usedCount_;
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return isRead_ || readCount_ > usedCount_; });
  hasNext_ = readCount_ > usedCount_;
  if (!hasNext_) return {};
  const bool isLast = isRead_ && usedCount_ + 1 == readCount_;
  return window(usedCount_).first(isLast ? lastWindowBytes_ : request_.windowBytes);
}

Outcome InputWindows::finish(std::array<uint8_t, 32>& sha256) {
  reader_.join();
  hasher_.join();
  if (!outcome_.ok()) return outcome_;
  sha256 = sha256_.digest();
  return {};
}

}  // namespace mm
