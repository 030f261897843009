#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"

namespace mm {

/// Of the memory of a stage, the part that is its window: a fourth; the rest keeps what the lines speak of.
constexpr size_t kLineShare = 4;

/// The lines of a regular file, in order, through a window that a line must fit.
class LineReader {
 public:
  LineReader(int fd, uint64_t byteLength, std::span<uint8_t> window) : fd_(fd), left_(byteLength), window_(window) {}

  /// The next line without its end (\n or \r\n), valid until the next call. memory when it is longer than the window.
  Outcome next(std::span<const uint8_t>& line, bool& hasLine);
  /// From 1, of the line that next() gave or stumbled over.
  uint64_t number() const { return number_; }
  /// Where that line starts.
  uint64_t position() const { return position_; }

 private:
  Outcome refill();

  int fd_;
  uint64_t left_;
  std::span<uint8_t> window_;
  size_t at_ = 0;
  size_t filled_ = 0;
  uint64_t read_ = 0;
  uint64_t number_ = 0;
  uint64_t position_ = 0;
};

}  // namespace mm
