#pragma once

#include "../core/job.h"
#include "delta_format.h"

namespace mm {

/// A block that mm did not write: what it says contradicts itself.
Outcome damagedBlock();

/// A delta file that is open for reading: its header and footer, checked. Every length and position in it may be a lie;
/// what open() has let through is consistent with the length of the file and with itself.
class DeltaFile {
 public:
  /// Keeps the footer in the memory: kFooterEntryBytes a block.
  Outcome open(int fd, uint64_t byteLength, Grant& memory);

  const DeltaHeader& header() const { return header_; }
  uint64_t blocks() const { return header_.blocks; }
  FooterEntry block(uint64_t index) const { return readFooterEntry(footer_.subspan(index * kFooterEntryBytes)); }

  size_t outputBytes(uint64_t index) const;
  uint64_t representativesBytes(uint64_t index) const;
  uint64_t recordCount(uint64_t index) const;
  /// The block in which the record starts. The record is one of the file's.
  uint64_t blockOfRecord(RecordNumber record) const;

  /// The filter, or the data, into the start of `out`; a hash that is wrong is malformed.
  Outcome readFilter(uint64_t index, std::span<uint8_t> out, std::span<const uint8_t>& filter) const;
  Outcome readData(uint64_t index, std::span<uint8_t> out, std::span<const uint8_t>& data) const;
  /// The start of the data up to the end of the directory, unchecked.
  Outcome readDirectory(uint64_t index, std::span<uint8_t> out, std::span<const uint8_t>& directory) const;
  static constexpr size_t kMostDataBytes = kBlockColumnBytes + (size_t{16} << 10);

 private:
  Outcome checkFooter() const;
  uint64_t firstRecord(uint64_t index) const;

  int fd_ = -1;
  DeltaHeader header_;
  std::span<uint8_t> footer_;
};

}  // namespace mm
