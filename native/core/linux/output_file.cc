#include "output_file.h"

#include <poll.h>
#include <unistd.h>

#include <cstring>

namespace mm {

namespace {

Outcome writeFailed() {
  // No limit of ours: the disk itself is full.
  if (errno == ENOSPC || errno == EDQUOT) return Outcome::lacksDisk(0);
  return Outcome::failed(Status::last("write"));
}

}  // namespace

Outcome readAt(int fd, uint64_t position, std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Outcome::failed(Status::last("pread"));
    if (count == 0) return Outcome::failed({EIO, "pread"});
    bytes = bytes.subspan(static_cast<size_t>(count));
    position += static_cast<uint64_t>(count);
  }
  return {};
}

Outcome writeAt(int fd, uint64_t position, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return writeFailed();
    bytes = bytes.subspan(static_cast<size_t>(count));
    position += static_cast<uint64_t>(count);
  }
  return {};
}

Outcome writeAll(int fd, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    // A pipe may have been made non-blocking by whoever shares it: its reader is waited for.
    if (count < 0 && errno == EAGAIN) {
      struct pollfd pipe = {fd, POLLOUT, 0};
      if (::poll(&pipe, 1, -1) >= 0 || errno == EINTR) continue;
    }
    if (count < 0) return writeFailed();
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return {};
}

Outcome OutputFile::write(std::span<const uint8_t> bytes) {
  if (bytes.size() > buffer_.size() - used_) {
    if (const Outcome flushed = flush(); !flushed.ok()) return flushed;
    if (bytes.size() > buffer_.size()) {
      flushed_ += bytes.size();
      return writeAt(fd_, flushed_ - bytes.size(), bytes);
    }
  }
  if (!bytes.empty()) std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
  return {};
}

Outcome OutputFile::flush() {
  const Outcome written = writeAt(fd_, flushed_, buffer_.first(used_));
  flushed_ += used_;
  used_ = 0;
  return written;
}

}  // namespace mm
