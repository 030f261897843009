#pragma once

#include <array>
#include <cstdint>

#include "external_sorter.h"
#include "job.h"
#include "record.h"

namespace mm {

struct IngestRequest {
  /// A regular file, read with pread from its start to its end.
  int input = -1;
  /// 0 = decided from the first MiB of residues.
  bool alphabetIsGiven = false;
  Alphabet alphabet = Alphabet::nucleotide;
  /// 2 and 5 bits a residue; false = 8.
  bool packs = true;
  /// Windows in flight: read, work, hash. At least 2.
  unsigned windowCount = 3;
  size_t windowBytes = size_t{1} << 20;
  /// Whether the kernel is asked for the next window beforehand.
  bool readsAhead = true;
  /// Text without a '>' line in the first MiB, and four-line FASTQ, are malformed unless this is on.
  bool takesAnything = false;
};

/// Of all records. Histograms feed the report.
struct IngestCounts {
  uint64_t inputBytes = 0;
  uint64_t records = 0;
  uint64_t residues = 0;
  uint64_t shortest = 0;
  uint64_t longest = 0;
  Alphabet alphabet = Alphabet::nucleotide;
  std::array<uint8_t, 32> sha256{};
  /// By bit length of the sequence length: [0] empty, [n] from 2^(n-1).
  std::array<uint64_t, 42> lengths{};
  /// Share of G and C (nucleotides) in hundredths, and of distinct 3-mers among the first 64 (complexity), as sums for means.
  uint64_t gcResidues = 0;
  std::array<uint64_t, 11> complexities{};
};

/// Reads FASTA of any shape once: every record's residues, packed and ranked, into `byRank`. The whole input is hashed.
Outcome ingest(const IngestRequest& request, ExternalSorter& byRank, Grant memory, Progress& progress, IngestCounts& counts);

/// Memory that ingest needs beside the sorter's.
size_t ingestBytes(const IngestRequest& request);

}  // namespace mm
