#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "job.h"

namespace mm {

/// Bytes that all spill files of a job have on disk, and may have.
struct DiskAllowance {
  uint64_t limitBytes = UINT64_MAX;
  std::atomic<uint64_t> usedBytes{0};
  /// Highest value of usedBytes.
  std::atomic<uint64_t> peakBytes{0};
};

/// An append-only temporary file whose descriptor belongs to the caller. Positions are bytes from its start.
class SpillFile {
 public:
  SpillFile(int fd, DiskAllowance& disk) : fd_(fd), disk_(disk) {}
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  uint64_t byteLength() const { return length_; }
  /// Outcome::disk before anything is written when the allowance does not hold, or when the disk is full (ENOSPC, EDQUOT).
  Outcome append(std::span<const uint8_t> bytes);
  /// Reads exactly bytes.size() bytes; io with EIO past the end.
  Outcome read(uint64_t position, std::span<uint8_t> bytes) const;
  /// Gives pages before `position` back: the page cache forgets them, and the file system too where it can punch holes.
  Outcome forget(uint64_t position);
  /// Empties the file.
  Outcome clear();

 private:
  int fd_;
  DiskAllowance& disk_;
  uint64_t length_ = 0;
  uint64_t forgotten_ = 0;
};

}  // namespace mm
