#pragma once

#include "ingest.h"
#include "sequence_data_soa.h"

namespace mm {

/// Keeps the figures of IngestCounts that are told of sequences: rows are collected, and added up column by column.
class SequenceTally {
 public:
  explicit SequenceTally(IngestCounts& counts) : counts_(counts) {}

  static size_t bytes(size_t columnAlignment) { return SequenceDataSoA::bytes(kRows, columnAlignment); }
  bool create(Grant& memory, size_t columnAlignment) { return rows_.create(memory, kRows, columnAlignment); }

  /// The next record. Its complexity is the share of distinct 3-mers.
  void add(uint64_t length, uint64_t gcResidues, float complexity);
  /// After the last one.
  void finish();

 private:
  static constexpr size_t kRows = 4096;

  void addLength(RecordNumber record, uint64_t length);

  IngestCounts& counts_;
  SequenceDataSoA rows_;
};

}  // namespace mm
