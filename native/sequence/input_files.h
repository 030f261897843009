#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"

namespace mm {

/// The files of an input, read as if they were one behind the other. Descriptors and parts belong to the caller.
class InputFiles {
 public:
  struct Part {
    /// A regular file.
    int fd = -1;
    /// Where it ends in the whole.
    uint64_t end = 0;
  };

  InputFiles() = default;
  /// One file, to wherever it ends.
  InputFiles(int fd) : only_{fd, kToItsEnd} {}
  explicit InputFiles(std::span<const Part> parts) : parts_(parts) {}

  /// `count` bytes from a position on, as many as pread gives of one file; 0 at the end. io with ESTALE when a part is
  /// shorter than it was.
  Outcome read(uint64_t position, std::span<uint8_t> bytes, size_t& count) const;
  /// 0 where the only file cannot be looked at.
  uint64_t byteLength() const;
  /// Tells the kernel how all of it will be read.
  void adviseAll(int advice) const;
  /// Asks the kernel for what comes next, as far as one file has it.
  void fetch(uint64_t position, uint64_t bytes) const;

 private:
  static constexpr uint64_t kToItsEnd = UINT64_MAX;

  std::span<const Part> parts() const { return parts_.empty() ? std::span(&only_, 1) : parts_; }
  /// The part that holds a position, and where the part begins; null behind the last.
  const Part* find(uint64_t position, uint64_t& begin) const;

  Part only_;
  std::span<const Part> parts_;
};

}  // namespace mm
