#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "spill_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mm {

namespace {

/// What st_blocks counts (stat(2)).
constexpr uint64_t kStatBlockBytes = 512;

}  // namespace

bool DiskAllowance::take(uint64_t bytes) {
  uint64_t used = usedBytes.load(std::memory_order_relaxed);
  do {
    if (used > limitBytes || bytes > limitBytes - used) return false;
  } while (!usedBytes.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  uint64_t peak = peakBytes.load(std::memory_order_relaxed);
  while (used + bytes > peak && !peakBytes.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed)) {
  }
  return true;
}

SpillFile::~SpillFile() {
  disk_.giveBack(length_ - punched_);
}

Outcome SpillFile::adopt(uint64_t byteLength) {
  struct stat state;
  if (fstat(fd_, &state) != 0) return Outcome::failed(Status::last("fstat"));
  if (!S_ISREG(state.st_mode) || static_cast<uint64_t>(state.st_size) < byteLength) return Outcome::failed({EIO, "spill"});
  if (ftruncate(fd_, static_cast<off_t>(byteLength)) != 0 || fstat(fd_, &state) != 0) {
    return Outcome::failed(Status::last("ftruncate"));
  }
  // Holes were given back before.
  const uint64_t held = std::min<uint64_t>(static_cast<uint64_t>(state.st_blocks) * kStatBlockBytes, byteLength);
  if (!disk_.take(held)) return Outcome::lacksDisk(held);
  length_ = byteLength;
  punched_ = byteLength - held;
  return {};
}

Outcome SpillFile::append(std::span<const uint8_t> bytes) {
  if (!disk_.take(bytes.size())) return Outcome::lacksDisk(bytes.size());
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count =
        pwrite(fd_, bytes.data() + written, bytes.size() - written, static_cast<off_t>(length_ + written));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const Status status = count < 0 ? Status::last("pwrite") : Status{EIO, "pwrite"};
      disk_.giveBack(bytes.size());
      // Best effort: the bytes behind the length are never read.
      [[maybe_unused]] const int cut = ftruncate(fd_, static_cast<off_t>(length_));
      const bool full = status.error == ENOSPC || status.error == EDQUOT;
      return full ? Outcome::lacksDisk(0) : Outcome::failed(status);
    }
    written += static_cast<size_t>(count);
  }
  length_ += bytes.size();
  return {};
}

Outcome SpillFile::read(uint64_t position, std::span<uint8_t> bytes) const {
  if (position > length_ || bytes.size() > length_ - position) return Outcome::failed({EIO, "pread"});
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count =
        pread(fd_, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(position + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Outcome::failed(Status::last("pread"));
    if (count == 0) return Outcome::failed({EIO, "pread"});
    filled += static_cast<size_t>(count);
  }
  return {};
}

Outcome SpillFile::forget(uint64_t position) {
  const uint64_t end = position < length_ ? position : length_;
  if (end <= forgotten_) return {};
  const uint64_t begin = forgotten_ / kBlockBytes * kBlockBytes;
  forgotten_ = end;
  return forgetRange(begin, end);
}

Outcome SpillFile::forgetRange(uint64_t begin, uint64_t end) {
  begin = (begin + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  end = (end < length_ ? end : length_) / kBlockBytes * kBlockBytes;
  if (begin >= end) return {};
  const off_t start = static_cast<off_t>(begin);
  const off_t bytes = static_cast<off_t>(end - begin);
  if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, bytes) == 0) {
    punched_ += end - begin;
    disk_.giveBack(end - begin);
    return {};
  }
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR) return Outcome::failed(Status::last("fallocate"));
  // Advice alone: the bytes stay on the disk and in the allowance.
  posix_fadvise(fd_, start, bytes, POSIX_FADV_DONTNEED);
  return {};
}

Outcome SpillFile::clear() {
  if (ftruncate(fd_, 0) != 0) return Outcome::failed(Status::last("ftruncate"));
  disk_.giveBack(length_ - punched_);
  length_ = forgotten_ = punched_ = 0;
  return {};
}

}  // namespace mm
