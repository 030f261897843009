#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "residues.h"

namespace mm {

/// How sequences are sampled. The same for all sequences of a job.
struct SketchShape {
  Alphabet alphabet = Alphabet::nucleotide;
  /// Residues that a k-mer spans: at most 15 letters of 4 bits, or 31 nucleotides, of which each third one is not
  /// looked at: in genes that is where relatives differ.
  uint32_t k = 23;
  /// One k-mer in so many is kept...
  uint32_t density = 12;
  /// ...but at least so many of a sequence.
  uint32_t fewest = 16;
  bool bothStrands = true;

  /// identity: x 10^4. Lower identities need shorter k-mers to share one.
  static SketchShape of(Alphabet alphabet, uint32_t identity, bool bothStrands);
  /// Residues that are looked at.
  uint32_t weight() const { return alphabet == Alphabet::protein ? k : k - k / 3; }
  /// Long sequences are sampled less densely: a table of representatives has to hold them.
  uint32_t densityFor(uint64_t length) const;
  /// What a sketch holds at most; the k-mers behind are left out.
  size_t mostKmers(uint64_t length) const;
};

/// Two k-mers are the same when these 48 bits are.
constexpr unsigned kKmerBits = 48;

struct SketchKmer {
  /// kKmerBits of its hash.
  uint64_t key;
  /// Position of the first residue << 1 | 1 when the reverse complement was hashed.
  uint32_t place;
};

/// A sketch as bytes, for those that are looked up in several tables: finding it costs more than reading it.
struct StoredSketch {
  static constexpr size_t kKmerBytes = kKmerBits / 8 + sizeof(uint32_t);
  /// Longer ones are found anew: a batch must have room for them.
  static constexpr size_t kMostKmers = 4096;
  /// 0 when it is not stored.
  static size_t bytes(size_t kmers) { return kmers <= kMostKmers ? kmers * kKmerBytes : 0; }
  static void write(const SketchKmer& kmer, uint8_t* out);
  static std::span<SketchKmer> read(std::span<const uint8_t> stored, std::span<SketchKmer> out);
};

/// The k-mers of a sequence with the lowest hashes, by position. K-mers over bytes outside the alphabet, and those of
/// one or two distinct letters, are left out. Feed a sequence in pieces, in order.
class Sketcher {
 public:
  Sketcher(const SketchShape& shape, uint64_t length, std::span<SketchKmer> out);
  void feed(std::span<const uint8_t> residues);
  std::span<SketchKmer> finish();

 private:
  template <bool isProtein, bool bothStrands>
  void roll(std::span<const uint8_t> residues);
  void keep(uint64_t hash, uint64_t word, bool isReverse);
  bool isSimple(uint64_t word) const;
  uint64_t lookedAt() const;
  void keepFewest();

  SketchShape shape_;
  std::span<SketchKmer> out_;
  size_t count_ = 0;
  /// Hashes below `threshold_` are collected, those below `dense_` stay; they differ for short sequences only.
  uint64_t threshold_;
  uint64_t dense_;
  size_t denseCount_ = 0;
  uint64_t position_ = 0;
  uint64_t word_ = 0;
  uint64_t reverse_ = 0;
  uint32_t valid_ = 0;
};

}  // namespace mm
