#pragma once

#include <cstdint>
#include <span>

#include "steps.h"

namespace mm {

/// Part of an alignment: it begins and ends with a run of matches. Positions count from where the alignment begins.
struct Segment {
  /// Steps [firstStep, lastStep]; the edit of the last one does not belong to it.
  uint32_t firstStep = 0;
  uint32_t lastStep = 0;
  uint32_t memberStart = 0;
  uint32_t memberEnd = 0;
  uint32_t representativeStart = 0;
  uint32_t representativeEnd = 0;
  uint32_t matches = 0;
  uint32_t columns = 0;
};

/// A run of matches as trimSteps() looks back on it: what the alignment is worth before it.
struct TrimPoint {
  int64_t score;
  uint32_t member;
  uint32_t step;
};

/// The segment of the largest member span whose identity (x 10^4) is reached; the first of equals. False when there is
/// none. scratch: one for each place where the alignment is worth less than ever before, at most one for each step; places
/// behind those that fit are not looked at.
bool trimSteps(std::span<const Step> steps, uint32_t identity, std::span<TrimPoint> scratch, Segment& out);

}  // namespace mm
