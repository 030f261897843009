#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "../pool.h"
#include "../status.h"
#include "thread.h"
#include "unique_fd.h"

namespace mm {

/// What the consumer takes: a filled slot, or the end.
struct PumpedFrame {
  static constexpr int64_t kEnd = -1;
  static constexpr int64_t kTruncated = -2;

  /// Frames before this one.
  uint64_t index = 0;
  /// A slot with one reference, kEnd, or kTruncated once before kEnd.
  int64_t slot = kEnd;
  /// kTruncated: bytes of the frame that is not whole.
  uint64_t trailingBytes = 0;
};

/// Reads whole frames from a descriptor into pool slots on its own thread, at most `credit` ahead of the consumer.
class FramePump {
 public:
  /// Takes the descriptor over, unless it fails. notify runs on the pump's thread whenever `take` has something new.
  static Result<std::unique_ptr<FramePump>> start(int input, std::shared_ptr<Pool> pool, size_t frameBytes,
                                                  uint32_t credit, std::function<void()> notify);
  ~FramePump();
  FramePump(const FramePump&) = delete;
  FramePump& operator=(const FramePump&) = delete;

  /// The next frame or end in order of arrival; false when nothing has arrived. A read error is a failed Status.
  Result<bool> take(PumpedFrame& frame);
  uint64_t framesRead() const { return framesRead_.load(std::memory_order_relaxed); }
  uint64_t bytesRead() const { return bytesRead_.load(std::memory_order_relaxed); }
  /// Stops the thread, closes the descriptor and releases slots nobody took; from then on `take` gives the end.
  void close();

 private:
  /// Why a frame was not filled.
  enum class Fill { whole, end, stopped };

  FramePump(std::shared_ptr<Pool> pool, size_t frameBytes, uint32_t credit, std::function<void()> notify);
  void run();
  bool waitForCredit();
  Fill waitForInput();
  Fill fill(uint8_t* slot);
  void push(uint32_t slot);
  void finish();
  bool stopping() const { return stop_.load(std::memory_order_acquire); }

  UniqueFd input_;
  UniqueFd stopEvent_;
  const std::shared_ptr<Pool> pool_;
  const size_t frameBytes_;
  const uint32_t credit_;
  const std::function<void()> notify_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> framesRead_{0};
  std::atomic<uint64_t> bytesRead_{0};
  bool attached_ = false;

  std::mutex mutex_;
  std::condition_variable credited_;
  /// Ring of filled slots, `credit_` long: nothing is allocated per frame.
  const std::unique_ptr<uint32_t[]> queue_;
  uint32_t queueStart_ = 0;
  uint32_t queued_ = 0;
  uint64_t framesTaken_ = 0;
  bool ended_ = false;
  uint64_t trailingBytes_ = 0;
  Status failure_;
  Thread thread_;
};

}  // namespace mm
