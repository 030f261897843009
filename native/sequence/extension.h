#pragma once

#include <cstdint>

#include "alignment_pool.h"
#include "steps.h"

namespace mm {

/// Two stretches that begin (forward) or end (backward) at a common point. Seven bytes before and behind each can be
/// read.
struct Stretch {
  const uint8_t* member = nullptr;
  uint32_t memberLength = 0;
  const uint8_t* representative = nullptr;
  uint32_t representativeLength = 0;
};

/// How far an extension came from the common point.
struct Extension {
  uint32_t member = 0;
  uint32_t representative = 0;
  uint32_t errors = 0;
  /// Whether it ended because `mostErrors` were used up: going on from here is worthwhile.
  bool isCut = false;
};

/// Edit-distance alignment by wavefronts: for each number of errors and each diagonal the furthest point that is
/// reached (E. Myers, 1986: time and memory grow with length + errors^2). Every path is the same on every machine.
class Wavefronts {
 public:
  /// Cells for so many errors.
  static constexpr size_t cells(uint32_t errors) { return size_t{errors + 1} * (errors + 9); }

  /// identity: x 10^4, what the alignment as a whole is to have.
  Wavefronts(AlignmentMatrix matrix, uint32_t identity) : matrix_(matrix), identity_(identity) {}

  /// Both stretches from end to end. False when that takes more than `mostErrors`, which the matrix has the cells for.
  bool fill(const Stretch& stretch, uint32_t mostErrors, StepList& steps, uint32_t& errors);
  /// From the common point on, as long as it pays: it ends at the end of a stretch, or when `drop` more errors were met
  /// than the identity allows for what was reached since the best point.
  Extension extendForward(const Stretch& stretch, uint32_t mostErrors, uint32_t drop, StepList& steps);
  Extension extendBackward(const Stretch& stretch, uint32_t mostErrors, uint32_t drop, StepList& steps);

 private:
  /// The diagonals lowest..highest (member - representative) of one number of errors; point(d) is the member's
  /// position.
  struct Row {
    int32_t lowest;
    int32_t highest;
    int32_t* points;
    int32_t& point(int32_t diagonal) const { return points[diagonal - lowest]; }
  };

  template <bool isBackward>
  void start(const Stretch& stretch);
  template <bool isBackward>
  void next(const Stretch& stretch, int32_t lowest, int32_t highest);
  template <bool isBackward>
  Extension extend(const Stretch& stretch, uint32_t mostErrors, uint32_t drop, StepList& steps);
  template <bool isBackward>
  void trace(uint32_t errors, int32_t diagonal, StepList& steps);
  Row row(uint32_t errors) const;
  void close(int32_t lowest, int32_t highest);

  AlignmentMatrix matrix_;
  uint32_t identity_;
  uint32_t errors_ = 0;
  size_t used_ = 0;
};

}  // namespace mm
