#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"
#include "representatives.h"
#include "sketch.h"

namespace mm {

/// A k-mer that a record and a representative share. Positions are of its first residue as it stands, on the forward
/// strand.
struct SharedKmer {
  uint32_t member = 0;
  uint32_t representative = 0;
  bool isReverse = false;
};

/// The representatives that share k-mers with a record, by rank.
class CandidateFinder {
 public:
  CandidateFinder() = default;
  /// mostKmers: of a sketch. False when the memory does not hold it.
  bool create(Grant& memory, size_t mostKmers, uint32_t prefetchDistance);
  static size_t bytes(size_t mostKmers);

  /// Those from `first` on. Call next() until there is none.
  void start(const Representatives& representatives, std::span<const SketchKmer> sketch, uint32_t first);
  /// The next representative of the lowest rank, and the k-mers it shares by the record's position; `shared` is valid
  /// until the next call.
  bool next(uint32_t& representative, std::span<const SharedKmer>& shared);

 private:
  struct Hit {
    uint32_t representative;
    uint32_t place;
    uint32_t memberPlace;
    /// 1 + index of the hit before it with the same representative; 0 = none.
    uint32_t previous;
  };
  struct Slot {
    uint32_t representative;
    uint32_t count;
    uint32_t lastHit;
  };

  bool collect(uint32_t first, uint32_t last);
  void group();
  bool collectSome();

  const Representatives* representatives_ = nullptr;
  std::span<const SketchKmer> sketch_;
  uint32_t prefetchDistance_ = 0;
  std::span<Hit> hits_;
  size_t hitCount_ = 0;
  std::span<Slot> slots_;
  /// Representative << 32 | slot, ascending.
  std::span<uint64_t> found_;
  size_t foundCount_ = 0;
  size_t given_ = 0;
  std::span<SharedKmer> shared_;
  /// Representatives from here on were not looked for yet.
  uint64_t rest_ = 0;
};

}  // namespace mm
