#pragma once

#include <cstdint>
#include <span>

#include "candidates.h"

namespace mm {

/// A point both sequences are thought to go through; the representative's position is on its reverse complement where
/// that is what matches.
struct Anchor {
  uint32_t member = 0;
  uint32_t representative = 0;

  int64_t diagonal() const { return int64_t{member} - representative; }
};

/// Room for a chain of so many k-mers.
struct ChainScratch {
  std::span<Anchor> anchors;
  std::span<uint32_t> ends;
  std::span<uint32_t> before;
  std::span<int64_t> diagonals;
};

/// What k-mers are positions of.
struct ChainSpace {
  uint32_t k = 0;
  /// Residues of the representative; of a circle less than kLongestCircle, and no fewer than the member has.
  uint64_t length = 0;
  /// Whether the representative goes on at its beginning. The anchors' positions there are in its second turn or beside
  /// it, and lie within one turn.
  bool isCircle = false;

  /// So long that four turns can be counted.
  static constexpr uint64_t kLongestCircle = uint64_t{1} << 30;
};

/// The longest run of shared k-mers that ascends in both sequences, on the strand that most of them are on, no farther
/// than `reach` from the diagonal that most of them are on. shared: by the member's position. @returns the anchors, in
/// scratch.anchors
std::span<Anchor> chainKmers(std::span<const SharedKmer> shared, const ChainSpace& space, uint64_t reach,
                             const ChainScratch& scratch, bool& isReverse);

}  // namespace mm
