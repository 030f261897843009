#pragma once

#include "../core/job.h"
#include "../core/xxh64.h"
#include "delta_columns.h"
#include "delta_format.h"
#include "header_coder.h"
#include "member_steps.h"
#include "name_filter.h"
#include "repeats.h"
#include "text_layout.h"

namespace mm {

/// Writes a delta file, entry by entry in the order of the input. An entry is at most kEntryBytes behind its header;
/// whoever calls cuts records.
class DeltaWriter {
 public:
  /// Memory beside the footer, which grows by kFooterEntryBytes a block.
  static size_t fewestBytes();
  /// The memory is what keeps the footer, too.
  Outcome start(int fd, Alphabet alphabet, Grant memory);

  /// Bytes of the input, and what they are.
  struct Entry {
    std::span<const uint8_t> bytes;
    /// It starts a record: bytes[0] is '>'.
    bool startsRecord = false;
    bool startsInsideLine = false;
  };
  /// Bytes that went to the representatives file. goesOn: more residues of this record will follow.
  Outcome representative(const Entry& entry, uint64_t residues, bool goesOn);
  Outcome representativeText(const Entry& entry);
  Outcome text(const Entry& entry);
  /// headerBytes: of the header line without '>' and line end, where the entry starts a record. `steps` is moved on;
  /// null = stored. `fits`: whether the steps had as many residues as the text.
  Outcome member(const Entry& entry, size_t headerBytes, MemberSteps* steps, RecordNumber representative, bool& fits);

  /// Writes the footer, then the header with all that is known of the block list.
  Outcome finish(DeltaHeader header);
  uint64_t byteLength() const { return position_; }

 private:
  Outcome beginEntry(const Entry& entry, uint8_t kind, uint64_t openResidues);
  Outcome endBlock();
  bool writeSteps(uint64_t residues, MemberSteps& steps, RecordNumber representative);
  bool isWorthIt(uint64_t residues, MemberSteps steps, bool& fits) const;

  int fd_ = -1;
  Alphabet alphabet_ = Alphabet::nucleotide;
  ColumnWriters columns_;
  HeaderEncoder headers_;
  TextLayoutEncoder layouts_;
  NameFilter names_;
  RepeatFinder repeats_;
  std::span<uint8_t> residues_;
  std::span<uint8_t> coded_;
  std::span<uint8_t> footer_;

  FooterEntry block_;
  uint64_t blocks_ = 0;
  size_t entries_ = 0;
  size_t outputBytes_ = 0;
  Xxh64 outputHash_;
  uint64_t previousRepresentative_ = 0;
  uint64_t previousResidues_ = 0;

  uint64_t position_ = kDeltaHeaderBytes;
  uint64_t records_ = 0;
  uint64_t inputPosition_ = 0;
  uint64_t representativesPosition_ = 0;
  /// Residues so far of the representative that goes on.
  uint64_t openResidues_ = 0;
};

}  // namespace mm
