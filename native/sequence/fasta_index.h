#pragma once

#include "../core/linux/output_file.h"

namespace mm {

/// Writes a line of a .fai file for each record htslib can address: a name, and sequence lines of printable residues that
/// are all as long as each other, but for a shorter last one and blank ones behind it. Records of other shapes, and those
/// without residues, are left out and counted.
class FastaIndexWriter {
 public:
  FastaIndexWriter() = default;
  explicit FastaIndexWriter(OutputFile& out) : out_(&out) {}

  /// position: of the '>' in the file.
  void startRecord(uint64_t position);
  /// Every byte of the record, its header line first.
  void add(std::span<const uint8_t> bytes);
  Outcome endRecord(std::span<const uint8_t> name);
  uint64_t leftOut() const { return leftOut_; }

 private:
  void endLine();

  OutputFile* out_ = nullptr;
  uint64_t leftOut_ = 0;
  bool isInHeader_ = true;
  bool isRegular_ = true;
  /// Of the sequence, then of the byte that comes next.
  uint64_t offset_ = 0;
  uint64_t position_ = 0;
  uint64_t residues_ = 0;
  uint64_t lineResidues_ = 0;
  uint64_t lineBytes_ = 0;
  bool sawReturn_ = false;
  /// Of the first line; lineWidth_ counts its end.
  uint64_t width_ = 0;
  uint64_t lineWidth_ = 0;
  uint64_t lines_ = 0;
  bool sawShorter_ = false;
};

}  // namespace mm
