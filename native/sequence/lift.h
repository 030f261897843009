#pragma once

#include "assignment.h"

namespace mm {

// Positions on a representative ascend with the member's, whatever its strand: on the other strand position p is written
// -p, and the residues [b, e) are [-e, -b).

/// Residues of a member, each opposite one of its representative.
struct AlignedRun {
  uint64_t member = 0;
  int64_t representative = 0;
  uint64_t length = 0;
  /// The member's, kAsRepresentative for one that is the representative's or its complement; empty where all are.
  std::span<const uint8_t> residues;
};

/// Edits may substitute a residue by itself: whoever reads the representative puts this in its place.
constexpr uint8_t kAsRepresentative = 0;

/// T and U are one residue to an aligner.
constexpr uint8_t withT(uint8_t residue) {
  return residue == 'U' ? 'T' : residue;
}

/// A stretch of a representative.
struct LiftTarget {
  int64_t begin = 0;
  int64_t end = 0;

  uint64_t length() const { return static_cast<uint64_t>(end - begin); }
  static LiftTarget of(uint64_t begin, uint64_t end, bool isReverse) {
    const int64_t b = static_cast<int64_t>(begin), e = static_cast<int64_t>(end);
    return isReverse ? LiftTarget{-e, -b} : LiftTarget{b, e};
  }
};

/// Goes through the operations of one part of a member (see OperationReader).
class RunReader {
 public:
  /// residues: of the member in this part.
  RunReader(uint64_t member, int64_t representative, uint64_t residues, std::span<const uint8_t> operations)
      : reader_(operations), member_(member), representative_(representative), residuesLeft_(residues) {}

  /// False at the end, or when the operations are damaged (see damaged()).
  bool next(AlignedRun& run);
  bool damaged() const { return isDamaged_; }

 private:
  bool takePairs(AlignedRun& run, uint64_t length, std::span<const uint8_t> residues);
  bool takeResidues(uint64_t length);

  OperationReader reader_;
  Operation step_;
  uint64_t member_;
  int64_t representative_;
  uint64_t residuesLeft_;
  bool hasEdit_ = false;
  bool isDamaged_ = false;
  bool hasEnded_ = false;
};

/// What a stretch of the representative is on the member: from its first aligned residue to its last. Takes the runs in
/// order.
class SpanLift {
 public:
  explicit SpanLift(LiftTarget target) : target_(target) {}
  void add(const AlignedRun& run);

  bool isLifted() const { return aligned_ > 0; }
  uint64_t begin() const { return begin_; }
  uint64_t end() const { return end_; }
  /// Both ends are aligned: nothing was clipped.
  bool isWhole() const { return first_ == target_.begin && last_ == target_.end; }
  /// Residue for residue the same.
  bool isSame() const { return copied_ == target_.length() && end_ - begin_ == copied_; }

 private:
  LiftTarget target_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  int64_t first_ = 0;
  int64_t last_ = 0;
  uint64_t aligned_ = 0;
  uint64_t copied_ = 0;
};

}  // namespace mm
