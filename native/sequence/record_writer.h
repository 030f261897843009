#pragma once

#include "../core/external_sorter.h"
#include "../core/linux/output_file.h"
#include "../core/xxh64.h"
#include "assignment.h"
#include "delta_writer.h"
#include "fasta_index.h"
#include "reduced_output.h"

namespace mm {

/// Cuts records into entries of the delta file, and sends each where it belongs.
class RecordWriter {
 public:
  RecordWriter(const OutputRequest& request, ExternalSorter& assignments, ExternalSorter& rows)
      : request_(request), assignments_(assignments), rows_(rows) {}

  Outcome start(Grant& memory);
  Outcome startRecord();
  Outcome add(std::span<const uint8_t> bytes);
  Outcome endRecord();
  /// All files but the cluster table.
  Outcome finish(OutputCounts& counts);
  std::span<uint8_t> nameRoom() const { return name_; }
  OutputFile& clusters() { return clusters_; }

  static size_t fewestBytes();

 private:
  enum class Kind : uint8_t { preamble, representative, member };

  Outcome nextAssignment();
  Outcome readAssignment();
  /// Sends what the buffer holds, or as much of it as ends with a line.
  Outcome cut(bool isLast);
  Outcome cutHeader(bool isLast);
  Outcome send(size_t bytes, size_t headerBytes, bool goesOn);
  Outcome sendText(size_t bytes);
  Outcome toRepresentatives(std::span<const uint8_t> bytes);
  Outcome addRow();
  void drop(size_t bytes);
  size_t lineEnd() const;

  const OutputRequest& request_;
  ExternalSorter& assignments_;
  ExternalSorter& rows_;
  DeltaWriter deltas_;
  OutputFile representatives_;
  OutputFile index_;
  OutputFile clusters_;
  FastaIndexWriter indexer_;
  Xxh64 representativesHash_;

  /// The entry that grows.
  std::span<uint8_t> buffer_;
  size_t filled_ = 0;
  std::span<uint8_t> residues_;
  std::span<uint8_t> name_;
  size_t nameBytes_ = 0;
  std::span<uint8_t> scratch_;
  std::span<uint8_t> assignmentRoom_;

  uint64_t records_ = 0;
  uint64_t representativeCount_ = 0;
  bool allFit_ = true;
  Kind kind_ = Kind::preamble;
  bool startsRecord_ = false;
  bool isInHeader_ = false;
  bool isInComment_ = false;
  bool startsInsideLine_ = false;
  uint64_t recordResidues_ = 0;

  SortedRecord next_;
  bool hasNext_ = false;
  Assignment assignment_;
  MemberSteps steps_;
  bool hasSteps_ = false;
};

}  // namespace mm
