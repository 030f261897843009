#include "input_windows.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

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
  posix_fadvise(request_.input, 0, 0, request_.readsAhead ? POSIX_FADV_SEQUENTIAL : POSIX_FADV_RANDOM);
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
    const auto start = static_cast<off_t>(number * request_.windowBytes);
    if (request_.readsAhead) {
      const auto windowBytes = static_cast<off_t>(request_.windowBytes);
      posix_fadvise(request_.input, start + windowBytes, windowBytes, POSIX_FADV_WILLNEED);
    }
    size_t filled = 0;
    Status status;
    while (filled < bytes.size()) {
      const ssize_t count =
          pread(request_.input, bytes.data() + filled, bytes.size() - filled, start + static_cast<off_t>(filled));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) status = Status::last("pread");
      if (count <= 0) break;
      filled += static_cast<size_t>(count);
    }
    const bool isLast = filled < bytes.size();
    {
      const std::lock_guard lock(mutex_);
      if (filled > 0 && status.ok()) {
        ++readCount_;
        lastWindowBytes_ = filled;
      }
      status_ = status;
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
  if (!status_.ok()) return Outcome::failed(status_);
  sha256 = sha256_.digest();
  return {};
}

}  // namespace mm
