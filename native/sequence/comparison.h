#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "alignment_pool.h"
#include "assignment.h"
#include "chain.h"
#include "cluster.h"
#include "extension.h"
#include "residue_window.h"
#include "trim.h"

namespace mm {

/// Aligns records with representatives and says whether they may join. One for each thread.
class Comparison {
 public:
  Comparison() = default;
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  /// For sequences up to this length with sketches of so many k-mers. Once `cancelled` is set, nothing passes. False
  /// when the memory does not hold it.
  bool create(Grant& memory, const ClusterRequest& request, uint32_t k, uint64_t longest, size_t mostKmers,
              AlignmentPool& pool, const std::atomic<bool>& cancelled);
  static size_t bytes(uint64_t longest, size_t mostKmers);
  static bool createPool(Grant& memory, unsigned threads, AlignmentPool& pool);
  static size_t poolBytes(unsigned threads);

  /// The record that is compared from now on. Its bytes stay where they are.
  void setMember(const PackedResidues& member);
  /// Whether its identity and coverage are reached. If so, `assignment` says how, but for the number, head and tail;
  /// its operations are valid until the next call.
  bool passes(const PackedResidues& representative, std::span<const SharedKmer> shared, Assignment& assignment);
  /// Residues of the record, at most pieceLength() of them; valid until the next call.
  std::span<const uint8_t> memberPiece(uint64_t start, uint64_t end) {
    return member_.view(start, end, 0, memberLength_);
  }
  size_t pieceLength() const { return member_.capacity(); }

 private:
  bool couldCover(uint64_t representativeLength) const;
  bool isUnlike(std::span<const Anchor> anchors);
  bool fillBetween(std::span<const Anchor> anchors, Anchor& at);
  bool fillGap(Anchor& at, const Anchor& to);
  void bridge(Anchor& at, const Anchor& to);
  Anchor extendToStart(Anchor at);
  Anchor extendToEnd(Anchor at);
  Stretch stretch(const Anchor& from, const Anchor& to);
  /// Part of the representative on its forward strand.
  AlignedSpan spanOf(const Anchor& first, const Anchor& last, bool isReverse) const;
  /// Of steps [firstStep, lastStep], which begin at `start`.
  bool writeOperations(uint32_t firstStep, uint32_t lastStep, const Anchor& start,
                       std::span<const uint8_t>& operations);
  bool proves(std::span<const uint8_t> operations, const Anchor& first, const Anchor& last, bool isReverse);
  bool restores(std::span<const uint8_t> operations, const Anchor& start, const Anchor& end);
  bool turnsAlike(uint64_t start, uint64_t end);
  bool isEqual(uint64_t member, uint64_t representative, uint64_t length);
  Wavefronts wavefronts(uint32_t errors);
  bool isCancelled() const { return cancelled_->load(std::memory_order_relaxed); }

  uint32_t identity_ = 0;
  uint32_t coverage_ = 0;
  bool coversBoth_ = false;
  uint32_t k_ = 0;
  AlignmentPool* pool_ = nullptr;
  const std::atomic<bool>* cancelled_ = nullptr;
  AlignmentMatrix matrix_;
  ResidueWindow member_;
  ResidueWindow representative_;
  ChainScratch chain_;
  StepList steps_;
  std::span<TrimPoint> trimPoints_;
  std::span<uint8_t> operations_;

  uint64_t memberLength_ = 0;
  PackedResidues representativeResidues_;
  uint64_t representativeLength_ = 0;
  /// What of the representative an alignment may reach: on a circle, one turn.
  uint64_t lowest_ = 0;
  uint64_t highest_ = 0;
  /// What of it may be needed.
  uint64_t least_ = 0;
  uint64_t most_ = 0;
  /// Errors between the anchors with which an alignment is given up, and those met.
  uint64_t budget_ = 0;
  uint64_t spent_ = 0;
};

}  // namespace mm
