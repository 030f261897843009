#pragma once

#include <cstdint>
#include <span>

#include "../job.h"

namespace mm {

/// Reads exactly bytes.size() bytes of a regular file; io with EIO past its end.
Outcome readAt(int fd, uint64_t position, std::span<uint8_t> bytes);
Outcome writeAt(int fd, uint64_t position, std::span<const uint8_t> bytes);
/// To a file or a pipe, at its own position.
Outcome writeAll(int fd, std::span<const uint8_t> bytes);

/// A file written from its start through a buffer.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(int fd, std::span<uint8_t> buffer) : fd_(fd), buffer_(buffer) {}

  bool isOpen() const { return fd_ >= 0; }
  Outcome write(std::span<const uint8_t> bytes);
  Outcome flush();
  /// Written so far, the buffer included.
  uint64_t byteLength() const { return flushed_ + used_; }

 private:
  int fd_ = -1;
  std::span<uint8_t> buffer_;
  size_t used_ = 0;
  uint64_t flushed_ = 0;
};

}  // namespace mm
