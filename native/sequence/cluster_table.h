#pragma once

#include "../core/external_sorter.h"
#include "../core/linux/output_file.h"
#include "record.h"
#include "reduced_output.h"

namespace mm {

/// A row of the cluster table: a representative as its own member, or a member. Spans in residues, half open.
struct ClusterRow {
  RecordNumber representative = 0;
  RecordNumber member = 0;
  bool isReverse = false;
  uint64_t length = 0;
  uint64_t memberStart = 0;
  uint64_t memberEnd = 0;
  uint64_t representativeStart = 0;
  uint64_t representativeEnd = 0;
  uint64_t matches = 0;
  uint64_t columns = 0;
  /// At most kMostNameBytes.
  std::span<const uint8_t> name;
};
constexpr size_t kMostNameBytes = size_t{64} << 10;

/// `scratch` holds kMostNameBytes + 128 bytes.
Outcome addClusterRow(ExternalSorter& rows, const ClusterRow& row, std::span<uint8_t> scratch);

/// Sorts the rows and writes the table. `name` holds kMostNameBytes.
Outcome writeClusterTable(ExternalSorter& rows, ClusterFormat format, Alphabet alphabet, OutputFile& out,
                          std::span<uint8_t> name, Progress& progress);

}  // namespace mm
