#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "xxh64.h"
#include "zstd_tables.h"

namespace mm {

/// Blocks of one Zstandard frame after the other (RFC 8878, 3.1.1.2), without the frames around them. It lives in memory that is handed in, and
/// what comes out lies there, too.
class ZstdDecoder {
 public:
  /// Memory for frames whose matches reach back so far.
  static size_t bytes(size_t historyBytes);
  /// A frame begins. The memory is aligned for uint64_t and has at least `bytes(historyBytes)`.
  static void begin(std::span<uint8_t> memory, size_t historyBytes);
  /// nullptr where none has begun.
  static ZstdDecoder* in(std::span<uint8_t> memory);

  /// The plain bytes of a block, until the next one; nothing for one that is damaged, and then none may follow.
  ///
  /// header: as it stands in front of the block. content: exactly what the header says.
  std::optional<std::span<const uint8_t>> block(uint32_t header, std::span<const uint8_t> content);
  /// The content checksum (3.1.1) of the frame so far.
  uint32_t checksum() const { return static_cast<uint32_t>(hash_.digest()); }

 private:
  static constexpr size_t kMostBlockBytes = size_t{128} * 1024;

  struct Sequence {
    size_t literals;
    size_t match;
    size_t offset;
  };

  explicit ZstdDecoder(size_t historyBytes);

  uint8_t* ring() { return reinterpret_cast<uint8_t*>(this + 1); }
  size_t ringBytes() const { return historyBytes_ + 2 * kMostBlockBytes; }

  bool copyPlain(std::span<const uint8_t> content);
  bool decodeCompressed(std::span<const uint8_t> content);
  std::optional<size_t> readLiterals(std::span<const uint8_t> content);
  std::optional<size_t> readHuffmanLiterals(std::span<const uint8_t> content);
  bool readSequences(std::span<const uint8_t> content);
  std::optional<size_t> readTables(std::span<const uint8_t> bytes);
  size_t offsetOf(uint32_t value, bool hasLiterals);
  bool append(const Sequence& sequence);
  bool appendLiterals(size_t count);
  /// A block gives at most what a match can reach back (3.1.1.2.4).
  bool hasRoomFor(size_t count) const { return count <= mostPlainBytes_ - (position_ - blockBegin_); }

  uint64_t mark_;
  size_t historyBytes_;
  size_t mostPlainBytes_;
  /// Output goes round: from the ring's beginning to where a block might not fit, and again.
  size_t position_ = 0;
  size_t blockBegin_ = 0;
  /// Where the round before ended; what lies between there and `position_` is older than this round.
  size_t roundEnd_ = 0;
  uint64_t totalBytes_ = 0;
  Xxh64 hash_;
  std::array<size_t, 3> recentOffsets_ = {1, 4, 8};
  /// Of the block, not copied yet: in `literalRoom_` or in the block's content.
  std::span<const uint8_t> literals_;
  bool hasTables_ = false;
  HuffmanTable huffman_;
  FseTable<9> literalLengths_;
  FseTable<8> offsets_;
  FseTable<9> matchLengths_;
  std::array<uint8_t, kMostBlockBytes> literalRoom_;
};

}  // namespace mm
