#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "cluster.h"

namespace mm {

// The delta file, docs/formats/mmd.md: header, blocks one behind the other, footer with one entry a block.

constexpr uint32_t kDeltaVersion = 1;
constexpr size_t kDeltaHeaderBytes = 128;
constexpr size_t kFooterEntryBytes = 80;
constexpr size_t kFooterHashBytes = 8;

/// A block is at most so many entries, restored bytes, bytes of all columns and of one.
constexpr size_t kBlockEntries = 4096;
constexpr size_t kBlockOutputBytes = size_t{16} << 20;
constexpr size_t kBlockColumnBytes = size_t{2} << 20;
constexpr size_t kColumnBytes = size_t{512} << 10;
/// An entry is at most so many restored bytes behind its header; a longer record is several entries.
constexpr size_t kEntryBytes = size_t{64} << 10;
/// Longer headers are kept as text.
constexpr size_t kMostHeaderTextBytes = size_t{32} << 10;
/// Of a representative: an entry with '>' and its header.
constexpr size_t kMostPieceBytes = kEntryBytes + kMostHeaderTextBytes + 1;
constexpr size_t kBlockShapes = 255;
/// 10 bits a name, and the hash behind them.
constexpr size_t kMostFilterBytes = kBlockEntries * 10 / 8 + 16;

enum class Column : uint8_t {
  kinds,
  pieceBytes,
  pieceResidues,
  headerSteps,
  headerNumbers,
  headerLengths,
  headerText,
  representatives,
  starts,
  residueCounts,
  copies,
  copyRests,
  edits,
  editLengths,
  residues,
  storedResidues,
  shapes,
  insertCounts,
  insertGaps,
  insertLengths,
  insertBytes,
  maskCounts,
  maskRuns,
  textLengths,
  textBytes,
};
constexpr size_t kColumns = 25;
/// The first columns say where the representatives lie: enough to find one.
constexpr size_t kDirectoryColumns = 3;

/// The low 3 bits of an entry's kind.
enum class EntryKind : uint8_t {
  /// Bytes of the representatives file: of a record with its header line, or of the sequence lines behind it.
  representative = 0,
  /// Bytes of the representatives file without residues: a long header, a long comment.
  representativeText = 1,
  forward = 2,
  reverse = 3,
  /// The complement of A is U.
  reverseWithU = 4,
  /// Residues in the block itself.
  stored = 5,
  /// Any bytes.
  text = 6,
};
constexpr uint8_t kKindMask = 7;
/// The entry continues the record before it, or comes before the first record.
constexpr uint8_t kContinues = 8;
/// More of this representative's residues follow in another entry.
constexpr uint8_t kGoesOn = 16;
/// The bytes do not start a line.
constexpr uint8_t kInsideLine = 32;
constexpr uint8_t kKnownBits = 63;

/// Steps from the header before to this one; a literal's number of fields follows from its bytes.
constexpr uint8_t kStepEnd = 0;
constexpr uint8_t kStepRest = 1;
constexpr uint8_t kStepFields = 2;
constexpr uint8_t kMostStepFields = 61;
constexpr uint8_t kStepPaddedNumber = 64;
constexpr uint8_t kStepNumber = 65;
constexpr uint8_t kStepLiteral = 66;

/// An edit is its kind in the low 2 bits, its length above them; from this length on the length is a varint of its own.
constexpr uint64_t kLongEdit = 63;

struct DeltaHeader {
  Alphabet alphabet = Alphabet::nucleotide;
  CoverageMode coverageMode = CoverageMode::member;
  uint32_t identity = 0;
  uint32_t coverage = 0;
  uint64_t inputBytes = 0;
  std::array<uint8_t, 32> inputSha256{};
  uint64_t representativesBytes = 0;
  uint64_t representativesHash = 0;
  uint64_t records = 0;
  uint64_t representatives = 0;
  uint64_t footerPosition = 0;
  uint64_t blocks = 0;
};

struct FooterEntry {
  static constexpr uint64_t kNotOpen = UINT64_MAX;

  /// Of the filter, which the data follow.
  uint64_t position = 0;
  /// Number of the first record that starts in this block or behind it.
  uint64_t firstRecord = 0;
  /// Where the block's bytes of the representatives file start.
  uint64_t representativesPosition = 0;
  uint64_t inputPosition = 0;
  /// Residues before this block of the representative that its first entry continues; kNotOpen where it continues none.
  uint64_t openResidues = kNotOpen;
  uint64_t dataHash = 0;
  /// Of the restored bytes.
  uint64_t outputHash = 0;
  uint32_t filterBytes = 0;
  uint32_t directoryBytes = 0;
  uint32_t dataBytes = 0;
};

void writeDeltaHeader(const DeltaHeader& header, std::span<uint8_t, kDeltaHeaderBytes> out);
/// @returns what is wrong, null when nothing is
const char* readDeltaHeader(std::span<const uint8_t, kDeltaHeaderBytes> bytes, DeltaHeader& out);
void writeFooterEntry(const FooterEntry& entry, std::span<uint8_t> out);
FooterEntry readFooterEntry(std::span<const uint8_t> bytes);

}  // namespace mm
