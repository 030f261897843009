#pragma once

#include <cstring>
#include <span>

#include "../core/job.h"

namespace mm {

/// Text that is written to a file or a pipe through a buffer. What fails is kept, and everything after it is dropped: who writes asks at the end of a
/// record.
class TextOut {
 public:
  /// As much as room() gives at once.
  static constexpr size_t kMostRoom = 4096;
  static constexpr size_t kFewestBytes = 2 * kMostRoom;

  TextOut() = default;
  /// `flushBytes`: how full the buffer is when a record that ends has it written. buffer: at least kFewestBytes.
  TextOut(int fd, std::span<uint8_t> buffer, size_t flushBytes)
      : fd_(fd), flushBytes_(flushBytes), buffer_(buffer) {}

  /// Where the next bytes go: room for so many, kMostRoom at most. They count when advance() says so.
  uint8_t* room(size_t bytes) {
    if (bytes > buffer_.size() - used_) write();
    return buffer_.data() + used_;
  }
  void advance(size_t bytes) { used_ += bytes; }

  void byte(char value) {
    *room(1) = static_cast<uint8_t>(value);
    ++used_;
  }
  void bytes(std::span<const uint8_t> bytes);
  /// In decimal.
  void integer(int64_t value);
  /// Characters of a literal.
  template <size_t Size>
  void text(const char (&text)[Size]) {
    std::memcpy(room(Size - 1), text, Size - 1);
    used_ += Size - 1;
  }

  /// Writes the buffer when it is full enough.
  Outcome endRecord() {
    if (used_ >= flushBytes_) write();
    return outcome_;
  }
  Outcome flush() {
    write();
    return outcome_;
  }
  /// Of what was written.
  const Outcome& outcome() const { return outcome_; }
  /// Written so far, the buffer included.
  uint64_t byteLength() const { return written_ + used_; }

 private:
  void write();

  int fd_ = -1;
  size_t flushBytes_ = 0;
  std::span<uint8_t> buffer_;
  size_t used_ = 0;
  uint64_t written_ = 0;
  Outcome outcome_;
};

}  // namespace mm
