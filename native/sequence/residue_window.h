#pragma once

#include <cstdint>
#include <span>

#include "residues.h"

namespace mm {

/// Stretches of a packed sequence as canonical bytes, unpacked into a buffer as they are asked for. Positions behind
/// its end go on at its beginning, as on a circle.
class ResidueWindow {
 public:
  /// Bytes before and behind a view that may be read, whatever they hold.
  static constexpr size_t kPadBytes = 8;
  /// Positions go so many times around at most.
  static constexpr uint64_t kTurns = 4;

  ResidueWindow() = default;
  /// buffer: the longest view and twice kPadBytes. A reverse complement is made in the second one, as large; it may be
  /// empty when none is.
  ResidueWindow(std::span<uint8_t> buffer, std::span<uint8_t> turned) : buffer_(buffer), turned_(turned) {}
  size_t capacity() const { return buffer_.size() - 2 * kPadBytes; }

  /// isReverse: positions count on the reverse complement.
  void open(const PackedResidues& residues, bool isReverse);
  /// [start, end), at most capacity() residues; valid until the next call. What lies around it, as far as it fits
  /// [least, most), is unpacked with it, so that neighbouring views cost nothing.
  std::span<const uint8_t> view(uint64_t start, uint64_t end, uint64_t least, uint64_t most);

 private:
  void unpack(uint64_t start, std::span<uint8_t> out) const;

  std::span<uint8_t> buffer_;
  std::span<uint8_t> turned_;
  PackedResidues residues_;
  bool isReverse_ = false;
  uint64_t start_ = 0;
  uint64_t end_ = 0;
};

}  // namespace mm
