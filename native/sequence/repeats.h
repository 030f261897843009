#pragma once

#include <array>

#include "../core/bytes.h"
#include "../core/job.h"

namespace mm {

/// A column as bytes that are new and repeats of what came before in it: members of a cluster share edits. The steps
/// are four streams: new bytes, how many of them come before each repeat, the repeats' lengths, and their distances as
/// differences to the one before.
struct RepeatStreams {
  static constexpr size_t kStreams = 4;
  enum Stream { literals, literalLengths, repeatLengths, distances };
  std::array<ByteWriter, kStreams> streams;
};

/// A repeat is at least so long.
constexpr size_t kShortestRepeat = 4;

class RepeatFinder {
 public:
  /// For columns up to `columnBytes`. False when the memory is too small.
  bool allocate(Grant& memory, size_t columnBytes);
  static size_t memoryBytes(size_t columnBytes);

  /// bitsPerByte16: what a byte costs where it is new, in 16ths of a bit: decides which repeats are worth their price.
  /// The streams are those of this finder, valid until the next call. False when they are not shorter than the column.
  bool find(std::span<const uint8_t> column, size_t bitsPerByte16, const RepeatStreams*& out);

 private:
  struct Repeat {
    size_t length = 0;
    size_t distance = 0;
    int64_t gain = 0;
  };
  Repeat best(std::span<const uint8_t> column, size_t at, size_t hashedBytes, size_t previousDistance,
              int64_t bitsPerByte16) const;
  void remember(std::span<const uint8_t> column, size_t at, size_t hashedBytes);

  static constexpr unsigned kTableBits = 14;
  static constexpr size_t kWays = 4;
  /// Positions + 1 of the last places with the same hash, newest first.
  std::span<std::array<uint32_t, kWays>> table_;
  std::array<std::span<uint8_t>, RepeatStreams::kStreams> rooms_;
  RepeatStreams streams_;
};

/// Puts the column together again. False when the streams do not make exactly out.size() bytes.
bool applyRepeats(std::array<ByteReader, RepeatStreams::kStreams>& streams, std::span<uint8_t> out);

}  // namespace mm
