#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "../job.h"

namespace mm {

/// Bytes that all spill files of a job have on disk, and may have.
struct DiskAllowance {
  uint64_t limitBytes = UINT64_MAX;
  std::atomic<uint64_t> usedBytes{0};
  /// Highest value of usedBytes.
  std::atomic<uint64_t> peakBytes{0};

  /// False, and nothing is taken, when the limit does not hold so many more.
  bool take(uint64_t bytes);
  void giveBack(uint64_t bytes) { usedBytes.fetch_sub(bytes, std::memory_order_relaxed); }
};

/// An append-only temporary file, empty at first, whose descriptor belongs to the caller. Positions are bytes from its
/// start.
class SpillFile {
 public:
  SpillFile(int fd, DiskAllowance& disk) : fd_(fd), disk_(disk) {}
  /// The allowance has the bytes again; what becomes of the file is the caller's business.
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  uint64_t byteLength() const { return length_; }
  /// Takes over what an earlier job left in the file, which is empty to this object so far: its first `byteLength`
  /// bytes. What is behind them is cut off. io with EIO when it is no file of that length, disk as append().
  Outcome adopt(uint64_t byteLength);
  /// Outcome::disk before anything is written when the allowance does not hold, or with 0 when the disk is full
  /// (ENOSPC, EDQUOT). The file is as long as before when it fails.
  Outcome append(std::span<const uint8_t> bytes);
  /// Reads exactly bytes.size() bytes; io with EIO past the end.
  Outcome read(uint64_t position, std::span<uint8_t> bytes) const;
  /// Gives bytes before `position` back: the page cache forgets them, and the file system too where it can punch
  /// holes.
  Outcome forget(uint64_t position);
  /// Gives the whole blocks of kBlockBytes within [begin, end) back, each at most once. Not to be mixed with forget(position).
  Outcome forgetRange(uint64_t begin, uint64_t end);
  static constexpr uint64_t kBlockBytes = 4096;
  /// Empties the file.
  Outcome clear();

 private:
  int fd_;
  DiskAllowance& disk_;
  uint64_t length_ = 0;
  /// Before it everything was given back by forget(position).
  uint64_t forgotten_ = 0;
  /// Bytes the holes are worth.
  uint64_t punched_ = 0;
};

}  // namespace mm
