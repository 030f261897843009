#pragma once

#include <array>
#include <cstdint>

#include "../core/external_sorter.h"
#include "../core/job.h"
#include "input_windows.h"
#include "record.h"

namespace mm {

struct IngestRequest {
  InputWindowsRequest windows;
  /// False: decided from the first MiB of residues. Nucleotides when 90 % of them are A C G T U N, or there are none.
  bool alphabetIsGiven = false;
  Alphabet alphabet = Alphabet::nucleotide;
  /// 2 and 5 bits a residue; false = 8.
  bool packs = true;
  /// Text without a '>' line in the first MiB, and four-line FASTQ, are malformed unless this is on.
  bool takesAnything = false;
  /// Of the table that the counts are made from: its columns begin at multiples of this power of two.
  size_t columnAlignment = 64;
};

/// Of all records. Histograms feed the report.
struct IngestCounts {
  uint64_t inputBytes = 0;
  uint64_t records = 0;
  uint64_t residues = 0;
  uint64_t shortest = 0;
  uint64_t longest = 0;
  /// The first one of that length.
  RecordNumber longestRecord = 0;
  Alphabet alphabet = Alphabet::nucleotide;
  std::array<uint8_t, 32> sha256{};
  /// By bit length of the sequence length: [0] empty, [n] from 2^(n-1).
  std::array<uint64_t, 42> lengths{};
  /// G and C among all residues; 0 for proteins.
  uint64_t gcResidues = 0;
  /// Records of nucleotides by their own share of G and C, in twentieths; those without residues are in [0].
  std::array<uint64_t, 21> gcContents{};
  /// By tenths of distinct 3-mers among those of the first 64 residues; below 3 residues [0].
  std::array<uint64_t, 11> complexities{};
};

/// Reads FASTA of any shape once: every record's residues, packed and ranked, into `byRank`. The whole input is hashed.
/// What is read twice: the first MiB of residues, and a long record that is no good to pack.
Outcome ingest(const IngestRequest& request, ExternalSorter& byRank, Grant memory, Progress& progress,
               IngestCounts& counts);

/// Memory that ingest needs beside the sorter's.
size_t ingestBytes(const IngestRequest& request);

}  // namespace mm
