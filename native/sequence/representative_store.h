#pragma once

#include "../core/cache_slots.h"
#include "../core/job.h"
#include "delta_file.h"

namespace mm {

/// Residues of representatives by record number and position, for one thread. Keeps directories of blocks and pages of
/// the representatives file in the memory it was given, the least recently used of four goes.
class RepresentativeStore {
 public:
  static constexpr size_t kFewestBytes = size_t{5} << 18;
  Outcome start(const DeltaFile& file, int representatives, Grant memory);

  /// How many residues it has. Malformed when it is none.
  Outcome length(RecordNumber representative, uint64_t& out);
  /// Copies residues [start, start + out.size()), canonical. Malformed when the representative has fewer, or is none.
  Outcome copy(RecordNumber representative, uint64_t start, std::span<uint8_t> out);
  /// Copies the reverse complement of the residues [end - out.size(), end).
  Outcome copyReverse(RecordNumber representative, uint64_t end, bool withU, std::span<uint8_t> out);

 private:
  static constexpr size_t kPageBytes = size_t{64} << 10;

  /// Where the pieces of a block's representatives lie, relative to the block.
  struct Directory {
    uint32_t pieces;
    uint32_t records;
    /// Index of the first piece of each record, kNoPiece for a member.
    uint16_t firstPieces[kBlockEntries];
    uint32_t offsets[kBlockEntries + 1];
    /// kLastPiece where the representative does not go on.
    uint32_t residues[kBlockEntries];
    uint8_t kinds[kBlockEntries];
  };
  static constexpr uint16_t kNoPiece = UINT16_MAX;
  static constexpr uint32_t kLastPiece = UINT32_MAX;

  Outcome directory(uint64_t block, const Directory*& out);
  bool readDirectory(uint64_t block, std::span<const uint8_t> bytes, Directory& out);
  Outcome page(uint64_t number, std::span<const uint8_t>& bytes);
  bool isInWindow(RecordNumber representative, uint64_t residue) const {
    return windowRecord_ == representative && residue >= windowStart_ && residue - windowStart_ < windowResidues_;
  }
  /// Puts the piece that holds the residue into the window.
  Outcome seek(RecordNumber representative, uint64_t residue);
  /// The same; where no piece holds it, `passed` is how many residues there are.
  Outcome walk(RecordNumber representative, uint64_t residue, uint64_t& passed);
  Outcome load(uint64_t position, size_t byteLength, uint8_t kind);

  const DeltaFile* file_ = nullptr;
  int representatives_ = -1;
  CacheSlots directorySlots_;
  std::span<Directory> directories_;
  CacheSlots pageSlots_;
  std::span<uint8_t> pages_;
  std::span<uint8_t> scratch_;
  std::span<uint8_t> arena_;

  /// Residues [windowStart_, windowStart_ + windowResidues_) of windowRecord_.
  std::span<uint8_t> window_;
  static constexpr RecordNumber kNoRecord = UINT64_MAX;
  RecordNumber windowRecord_ = kNoRecord;
  uint64_t windowStart_ = 0;
  size_t windowResidues_ = 0;
  /// Residues of the one that was asked for last.
  RecordNumber lengthRecord_ = kNoRecord;
  uint64_t length_ = 0;
};

}  // namespace mm
