#pragma once

#include <array>

#include "../core/job.h"
#include "assignment.h"
#include "delta_columns.h"
#include "delta_file.h"
#include "header_coder.h"
#include "representative_store.h"
#include "text_layout.h"

namespace mm {

/// Restores blocks of a delta file, one at a time, for one thread. Whatever a block says is checked before it is done;
/// what comes out has the hash that the footer promises.
class BlockDecoder {
 public:
  /// More memory keeps more of the representatives.
  static size_t fewestBytes();
  Outcome start(const DeltaFile& file, int representatives, Grant memory);

  /// out: DeltaFile::outputBytes() of the block.
  Outcome restore(uint64_t block, std::span<uint8_t> out);
  /// Where records start in the block that was restored. Bytes before the first belong to the block before.
  std::span<const uint32_t> recordStarts() const { return std::span(recordStarts_).first(records_); }

 private:
  Outcome decode(uint64_t block, std::span<const uint8_t> data, ByteWriter& out);
  Outcome entry(uint8_t kind, ByteWriter& out);
  Outcome representativePiece(ByteWriter& out);
  Outcome flushPieces();
  bool applySteps(EntryKind kind, std::span<uint8_t> residues, Outcome& outcome);
  Outcome startCopying(EntryKind kind);
  bool pass(EntryKind kind, uint64_t count);
  Outcome copyResidues(EntryKind kind, std::span<uint8_t> out);

  const DeltaFile* file_ = nullptr;
  int representatives_ = -1;
  std::span<uint8_t> data_;
  std::span<uint8_t> arena_;
  std::span<uint8_t> residues_;
  RepresentativeStore store_;
  ColumnReaders columns_;
  HeaderDecoder headers_;
  TextLayoutDecoder layouts_;

  std::array<uint32_t, kBlockEntries> recordStarts_;
  size_t records_ = 0;
  uint64_t representative_ = 0;
  uint64_t residueCount_ = 0;
  /// In the representative that is copied from; on a circle up to two turns.
  uint64_t position_ = 0;
  uint64_t representativeLength_ = 0;
  /// How far the entry may go.
  uint64_t bound_ = 0;
  /// Bytes of the representatives file that are read at once when no more follow.
  uint64_t piecesPosition_ = 0;
  uint64_t piecesLeft_ = 0;
  std::span<uint8_t> pieces_;
};

}  // namespace mm
