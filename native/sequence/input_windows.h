#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>

#include "../core/job.h"
#include "../core/linux/thread.h"
#include "../core/sha256.h"
#include "input_files.h"

namespace mm {

struct InputWindowsRequest {
  /// Read from its start to its end.
  InputFiles input;
  /// Windows in flight: read, hashed, worked on. At least 2.
  unsigned windowCount = 3;
  size_t windowBytes = size_t{1} << 20;
  /// Whether the kernel is asked for the next window beforehand.
  bool readsAhead = true;
};

/// An input in windows that one thread reads ahead and another hashes while the caller works on them.
class InputWindows {
 public:
  static size_t memoryBytes(const InputWindowsRequest& request) { return request.windowCount * request.windowBytes; }

  explicit InputWindows(const InputWindowsRequest& request) : request_(request) {}
  /// Stops what runs.
  ~InputWindows();
  InputWindows(const InputWindows&) = delete;
  InputWindows& operator=(const InputWindows&) = delete;

  /// Takes memoryBytes() of the grant.
  Outcome start(Grant& memory);
  /// The next window; the one before it is given back. Empty at the end, or when reading failed: see finish().
  std::span<const uint8_t> next();
  /// After the last window: whether all was read, and the hash of it.
  Outcome finish(std::array<uint8_t, 32>& sha256);

 private:
  void read();
  void hash();
  std::span<uint8_t> window(uint64_t number) const;

  const InputWindowsRequest request_;
  std::span<uint8_t> memory_;
  Thread reader_;
  Thread hasher_;
  Sha256 sha256_;

  std::mutex mutex_;
  std::condition_variable changed_;
  /// Windows that were read, hashed and worked on. Every window but the last is full.
  uint64_t readCount_ = 0;
  uint64_t hashedCount_ = 0;
  uint64_t usedCount_ = 0;
  bool hasNext_ = false;
  size_t lastWindowBytes_ = 0;
  bool isRead_ = false;
  bool isStopped_ = false;
  Outcome outcome_;
};

}  // namespace mm
