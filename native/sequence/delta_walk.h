#pragma once

#include <array>

#include "assignment.h"
#include "delta_columns.h"
#include "delta_file.h"
#include "header_coder.h"

namespace mm {

/// What an entry of a delta file says, without the bytes it restores.
struct WalkedEntry {
  EntryKind kind = EntryKind::text;
  bool startsRecord = false;
  bool startsInsideLine = false;
  /// Of a member or stored residues that start a record: the header. Of text: its bytes.
  std::span<const uint8_t> text;
  /// Of a representative.
  uint64_t pieceBytes = 0;
  /// Of a member: the next three. `residues` of stored ones, too.
  RecordNumber representative = 0;
  uint64_t start = 0;
  uint64_t residues = 0;
  /// See OperationReader.
  std::span<const uint8_t> operations;
  /// Residues of the representative from the first that is used to the last.
  uint64_t representativeResidues = 0;

  bool isMember() const { return kind >= EntryKind::forward && kind <= EntryKind::reverseWithU; }
  bool isPiece() const { return kind <= EntryKind::representativeText; }
};

/// Reads the entries of a delta file in order. Nothing is restored, so the representatives are not read.
class DeltaWalk {
 public:
  static size_t memoryBytes();
  /// False when the memory is too small.
  bool start(const DeltaFile& file, Grant& memory);

  /// hasEntry is false at the end of the file. The entry's spans are valid until the next call.
  Outcome next(WalkedEntry& entry, bool& hasEntry);
  /// Of the delta file, up to the block of the last entry.
  uint64_t bytesDone() const { return bytesDone_; }

 private:
  Outcome openBlock();
  bool readEntry(WalkedEntry& entry);
  bool readOperations(WalkedEntry& entry);

  const DeltaFile* file_ = nullptr;
  std::span<uint8_t> data_;
  std::span<uint8_t> arena_;
  std::span<uint8_t> operations_;
  /// A header is made of the one before it.
  std::array<std::span<uint8_t>, 2> headerRoom_;
  size_t nextHeader_ = 0;
  ColumnReaders columns_;
  HeaderDecoder headers_;

  uint64_t nextBlock_ = 0;
  uint64_t entriesLeft_ = 0;
  uint64_t bytesDone_ = 0;
  uint64_t representative_ = 0;
  uint64_t residueCount_ = 0;
};

}  // namespace mm
