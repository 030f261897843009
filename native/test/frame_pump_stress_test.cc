// Frames through a real pipe: whole, in order, within the credit, to the end; and closed at any moment.

#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <thread>
#include <vector>

#include "../core/linux/frame_pump.h"
#include "../core/linux/pipe.h"
#include "check.h"

namespace {

constexpr size_t kFrameBytes = 10048;

/// Waits for the pump's notes as the event loop would.
class Consumer {
 public:
  Consumer(int fd, uint32_t slots, uint32_t credit) {
    pool_ =
        mm::Pool::create(mm::Region::anonymous(slots * kFrameBytes, mm::PagePolicy::base).value, kFrameBytes, 64, false)
            .value;
    auto pump = mm::FramePump::start(fd, pool_, kFrameBytes, credit, [this] {
      const std::lock_guard lock(mutex_);
      ++notes_;
      noted_.notify_one();
    });
    CHECK(pump.ok());
    pump_ = std::move(pump.value);
  }

  mm::PumpedFrame next() {
    mm::PumpedFrame frame;
    std::unique_lock lock(mutex_);
    for (;;) {
      const uint64_t seen = notes_;
      lock.unlock();
      const auto taken = pump_->take(frame);
      if (!taken.ok() || taken.value) return frame;
      lock.lock();
      noted_.wait(lock, [&] { return notes_ != seen; });
    }
  }

  mm::FramePump& pump() { return *pump_; }
  mm::Pool& pool() { return *pool_; }

 private:
  std::mutex mutex_;
  std::condition_variable noted_;
  uint64_t notes_ = 0;
  std::shared_ptr<mm::Pool> pool_;
  std::unique_ptr<mm::FramePump> pump_;
};

/// False when the reader is gone.
bool writeAll(int fd, const uint8_t* bytes, size_t length) {
  while (length > 0) {
    const ssize_t written = write(fd, bytes, length);
    if (written <= 0) return false;
    bytes += written;
    length -= static_cast<size_t>(written);
  }
  return true;
}

void writeFrames(int fd, int frames) {
  std::vector<uint8_t> bytes(kFrameBytes);
  for (int frame = 0; frame < frames; ++frame) {
    std::memset(bytes.data(), frame & 0xff, bytes.size());
    if (!writeAll(fd, bytes.data(), bytes.size())) return;
  }
}

void keepsOrderAndBytes() {
  constexpr int kFrames = 2000;
  mm::Pipe pipe = std::move(mm::openPipe(65536).value);
  Consumer consumer(pipe.reader.release(), 4, 3);
  std::thread writer([fd = pipe.writer.release()] {
    writeFrames(fd, kFrames);
    close(fd);
  });
  for (int expected = 0; expected < kFrames; ++expected) {
    const mm::PumpedFrame frame = consumer.next();
    if (frame.slot < 0 || frame.index != static_cast<uint64_t>(expected)) CHECK(!"a frame out of order");
    const auto slot = static_cast<uint32_t>(frame.slot);
    const uint8_t* bytes = consumer.pool().slotData(slot);
    if (bytes[0] != (expected & 0xff) || bytes[kFrameBytes - 1] != (expected & 0xff)) CHECK(!"wrong bytes");
    consumer.pool().release(slot);
  }
  const mm::PumpedFrame end = consumer.next();
  CHECK(end.slot == mm::PumpedFrame::kEnd && end.index == kFrames);
  CHECK(consumer.next().slot == mm::PumpedFrame::kEnd);
  CHECK(consumer.pump().framesRead() == kFrames && consumer.pump().bytesRead() == kFrames * kFrameBytes);
  writer.join();
  CHECK(consumer.pool().available() == 4);
}

void reportsATruncatedFrame() {
  mm::Pipe pipe = std::move(mm::openPipe(1 << 20).value);
  writeFrames(pipe.writer.get(), 1);
  const std::vector<uint8_t> half(1234, 1);
  writeAll(pipe.writer.get(), half.data(), half.size());
  pipe.writer.reset();
  Consumer consumer(pipe.reader.release(), 2, 2);
  CHECK(consumer.next().slot >= 0);
  const mm::PumpedFrame truncated = consumer.next();
  CHECK(truncated.slot == mm::PumpedFrame::kTruncated && truncated.trailingBytes == 1234 && truncated.index == 1);
  CHECK(consumer.next().slot == mm::PumpedFrame::kEnd);
}

void stopsAtTheCredit() {
  mm::Pipe pipe = std::move(mm::openPipe(1 << 20).value);
  writeFrames(pipe.writer.get(), 10);
  Consumer consumer(pipe.reader.release(), 8, 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(consumer.pump().framesRead() == 2);
  CHECK(consumer.pool().available() == 6);
  consumer.pool().release(static_cast<uint32_t>(consumer.next().slot));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(consumer.pump().framesRead() == 3);
}

void seesTheEndWhileEverySlotIsOut() {
  mm::Pipe pipe = std::move(mm::openPipe(1 << 20).value);
  writeFrames(pipe.writer.get(), 2);
  pipe.writer.reset();
  Consumer consumer(pipe.reader.release(), 2, 2);
  CHECK(consumer.next().slot >= 0);
  CHECK(consumer.next().slot >= 0);
  CHECK(consumer.pool().available() == 0);
  CHECK(consumer.next().slot == mm::PumpedFrame::kEnd);
}

void closesInEveryState() {
  // Waiting for input, for credit, for a slot, and in the middle of a frame.
  for (int frames : {0, 1, 3, 10}) {
    mm::Pipe pipe = std::move(mm::openPipe(1 << 20).value);
    writeFrames(pipe.writer.get(), frames);
    writeAll(pipe.writer.get(), reinterpret_cast<const uint8_t*>("half"), 4);
    Consumer consumer(pipe.reader.release(), 3, 3);
    if (frames == 3) {
      CHECK(consumer.next().slot >= 0);
      CHECK(consumer.next().slot >= 0);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    consumer.pump().close();
    consumer.pump().close();
    CHECK(consumer.next().slot == mm::PumpedFrame::kEnd);
    CHECK(consumer.pool().available() == (frames == 3 ? 1u : 3u));
    // The other end of a closed pipe.
    std::vector<uint8_t> byte(1);
    CHECK(write(pipe.writer.get(), byte.data(), 1) == -1 && errno == EPIPE);
  }
}

void closesWhileFramesPourIn() {
  for (int round = 0; round < 50; ++round) {
    mm::Pipe pipe = std::move(mm::openPipe(65536).value);
    std::thread writer([fd = pipe.writer.release()] {
      writeFrames(fd, 1000000);
      close(fd);
    });
    {
      Consumer consumer(pipe.reader.release(), 3, 2);
      for (int taken = 0; taken < round; ++taken) consumer.pool().release(static_cast<uint32_t>(consumer.next().slot));
      consumer.pump().close();
      CHECK(consumer.pool().available() == 3);
      CHECK(consumer.pool().close().ok());
    }
    writer.join();
  }
}

void refusesBadShapes() {
  mm::Pipe pipe = std::move(mm::openPipe(65536).value);
  const auto pool = mm::Pool::create(mm::Region::anonymous(65536, mm::PagePolicy::base).value, 4096, 64, false).value;
  const auto start = [&](size_t frameBytes, uint32_t credit) {
    return mm::FramePump::start(pipe.reader.get(), pool, frameBytes, credit, [] {}).status.error;
  };
  CHECK(start(0, 1) == EINVAL);
  CHECK(start(4097, 1) == EINVAL);
  CHECK(start(4096, 0) == EINVAL);
  CHECK(start(4096, 17) == EINVAL);
  CHECK(mm::FramePump::start(9999, pool, 4096, 1, [] {}).status.error == EBADF);
  // A refused descriptor stays the caller's.
  CHECK(fcntl(pipe.reader.get(), F_GETFD) >= 0);
}

}  // namespace

int main() {
  signal(SIGPIPE, SIG_IGN);
  keepsOrderAndBytes();
  reportsATruncatedFrame();
  stopsAtTheCredit();
  seesTheEndWhileEverySlotIsOut();
  closesInEveryState();
  closesWhileFramesPourIn();
  refusesBadShapes();
  return checkResult();
}
