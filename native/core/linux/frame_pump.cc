#include "frame_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace mm {

Result<std::unique_ptr<FramePump>> FramePump::start(int input, std::shared_ptr<Pool> pool, size_t frameBytes,
                                                    uint32_t credit, std::function<void()> notify) {
  if (frameBytes == 0 || frameBytes > pool->slotBytes() || credit == 0 || credit > pool->capacity()) {
    return Status{EINVAL, "framePump"};
  }
  // Without it a read that lost its data to another reader would block where close() cannot reach.
  const int flags = fcntl(input, F_GETFL);
  if (flags < 0 || fcntl(input, F_SETFL, flags | O_NONBLOCK) != 0) return Status::last("fcntl");
  std::unique_ptr<FramePump> pump(new FramePump(std::move(pool), frameBytes, credit, std::move(notify)));
  pump->stopEvent_.reset(eventfd(0, EFD_CLOEXEC));
  if (pump->stopEvent_.get() < 0) return Status::last("eventfd");
  pump->attached_ = pump->pool_->attach();
  if (!pump->attached_) return Status{EBADF, "framePump"};
  pump->input_.reset(input);
  const Status started = pump->thread_.start("mm-pump", [self = pump.get()] { self->run(); });
  if (started.ok()) return pump;
  pump->input_.release();
  return started;
}

FramePump::FramePump(std::shared_ptr<Pool> pool, size_t frameBytes, uint32_t credit, std::function<void()> notify)
    : pool_(std::move(pool)),
      frameBytes_(frameBytes),
      credit_(credit),
      notify_(std::move(notify)),
      queue_(new uint32_t[credit]) {}

FramePump::~FramePump() {
  close();
}

void FramePump::run() {
  while (waitForCredit()) {
    // Input first, slot second: the end of the stream is seen even while every slot is out.
    if (waitForInput() != Fill::whole) break;
    const int64_t slot = pool_->loanWait(stop_);
    if (slot < 0) break;
    const auto index = static_cast<uint32_t>(slot);
    if (fill(pool_->slotData(index)) != Fill::whole) {
      pool_->release(index);
      break;
    }
    push(index);
  }
  finish();
}

bool FramePump::waitForCredit() {
  std::unique_lock lock(mutex_);
  credited_.wait(lock, [this] { return queued_ < credit_ || stopping(); });
  return !stopping();
}

FramePump::Fill FramePump::waitForInput() {
  pollfd watched[2] = {{input_.get(), POLLIN, 0}, {stopEvent_.get(), POLLIN, 0}};
  while (!stopping()) {
    if (poll(watched, 2, -1) < 0) {
      if (errno == EINTR) continue;
      failure_ = Status::last("poll");
      return Fill::stopped;
    }
    if ((watched[0].revents & POLLIN) != 0) return Fill::whole;
    // Hang-up without input: the writers are gone and the pipe is empty.
    if (watched[0].revents != 0) return Fill::end;
  }
  return Fill::stopped;
}

FramePump::Fill FramePump::fill(uint8_t* slot) {
  size_t filled = 0;
  while (filled < frameBytes_) {
    if (stopping()) return Fill::stopped;
    const ssize_t length = read(input_.get(), slot + filled, frameBytes_ - filled);
    if (length > 0) {
      filled += static_cast<size_t>(length);
      bytesRead_.fetch_add(static_cast<uint64_t>(length), std::memory_order_relaxed);
    } else if (length == 0) {
      trailingBytes_ = filled;
      return Fill::end;
    } else if (errno == EAGAIN) {
      // A hang-up shows as the 0 of the next read, so only a stop or a failure ends the wait here.
      if (waitForInput() == Fill::stopped) return Fill::stopped;
    } else if (errno != EINTR) {
      failure_ = Status::last("read");
      return Fill::stopped;
    }
  }
  return Fill::whole;
}

void FramePump::push(uint32_t slot) {
  {
    const std::lock_guard lock(mutex_);
    queue_[(queueStart_ + queued_) % credit_] = slot;
    ++queued_;
  }
  framesRead_.fetch_add(1, std::memory_order_relaxed);
  notify_();
}

void FramePump::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    // The writer learns at once that nobody reads on.
    input_.reset();
  }
  notify_();
}

Result<bool> FramePump::take(PumpedFrame& frame) {
  const std::lock_guard lock(mutex_);
  frame = {framesTaken_, PumpedFrame::kEnd, 0};
  if (queued_ > 0) {
    frame.slot = queue_[queueStart_];
    queueStart_ = (queueStart_ + 1) % credit_;
    --queued_;
    ++framesTaken_;
    credited_.notify_one();
    return true;
  }
  if (!ended_) return false;
  if (!failure_.ok()) return failure_;
  if (trailingBytes_ > 0) {
    frame.slot = PumpedFrame::kTruncated;
    frame.trailingBytes = std::exchange(trailingBytes_, 0);
  }
  return true;
}

void FramePump::close() {
  if (!attached_) return;
  {
    const std::lock_guard lock(mutex_);
    stop_.store(true, std::memory_order_release);
    credited_.notify_one();
  }
  pool_->wake();
  const uint64_t one = 1;
  // An eventfd at 0 takes a 1 without blocking.
  [[maybe_unused]] const ssize_t written = write(stopEvent_.get(), &one, sizeof(one));
  thread_.join();
  for (; queued_ > 0; --queued_) {
    pool_->release(queue_[queueStart_]);
    queueStart_ = (queueStart_ + 1) % credit_;
  }
  trailingBytes_ = 0;
  failure_ = {};
  pool_->detach();
  attached_ = false;
}

}  // namespace mm
