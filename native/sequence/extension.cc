#include "extension.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mm {

static_assert(std::endian::native == std::endian::little, "residues are compared as they lie in memory");

namespace {

/// Of a diagonal on which nothing is reached.
constexpr int32_t kNone = INT32_MIN / 4;
/// Cells beside each row that hold kNone, and those that describe it.
constexpr int32_t kBeside = 2;
constexpr size_t kRowCells = 3;

uint64_t loadEight(const uint8_t* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// Equal residues from `member` and `representative` on (backward: those before), at most `most`.
template <bool isBackward>
int32_t equalResidues(const uint8_t* member, const uint8_t* representative, int32_t most) {
  for (int32_t count = 0; count < most; count += 8) {
    const int32_t at = isBackward ? -count - 8 : count;
    const uint64_t difference = loadEight(member + at) ^ loadEight(representative + at);
    if (difference == 0) continue;
    const int zeros = isBackward ? std::countl_zero(difference) : std::countr_zero(difference);
    return std::min(count + zeros / 8, most);
  }
  return most;
}

/// Both stretches from their common point on.
template <bool isBackward>
struct Lanes {
  explicit Lanes(const Stretch& stretch)
      : member(stretch.member + (isBackward ? stretch.memberLength : 0)),
        representative(stretch.representative + (isBackward ? stretch.representativeLength : 0)),
        memberLength(static_cast<int32_t>(stretch.memberLength)),
        representativeLength(static_cast<int32_t>(stretch.representativeLength)) {}

  /// Where a diagonal ends.
  int32_t bound(int32_t diagonal) const { return std::min(memberLength, representativeLength + diagonal); }
  int32_t slide(int32_t point, int32_t diagonal, int32_t bound) const {
    const int32_t other = point - diagonal;
    return equalResidues<isBackward>(isBackward ? member - point : member + point,
                                     isBackward ? representative - other : representative + other, bound - point);
  }

  const uint8_t* member;
  const uint8_t* representative;
  int32_t memberLength;
  int32_t representativeLength;
};

}  // namespace

Wavefronts::Row Wavefronts::row(uint32_t errors) const {
  const int32_t* cells = &matrix_[matrix_.size() - kRowCells * (errors + 1)];
  return {cells[0], cells[1], matrix_.data() + cells[2]};
}

/// Ends the row that was begun at used_, trimmed to these diagonals.
void Wavefronts::close(int32_t lowest, int32_t highest) {
  int32_t* cells = &matrix_[matrix_.size() - kRowCells * (errors_ + 1)];
  int32_t* points = matrix_.data() + used_;
  const int32_t shift = lowest - cells[0];
  points += shift;
  cells[0] = lowest;
  cells[1] = highest;
  cells[2] += shift;
  const int32_t count = highest - lowest + 1;
  for (int32_t at = 1; at <= kBeside; ++at) {
    points[kBeside - at] = kNone;
    points[kBeside + count - 1 + at] = kNone;
  }
  used_ += static_cast<size_t>(shift + count + 2 * kBeside);
}

template <bool isBackward>
void Wavefronts::start(const Stretch& stretch) {
  errors_ = 0;
  used_ = 0;
  int32_t* cells = &matrix_[matrix_.size() - kRowCells];
  cells[0] = cells[1] = 0;
  cells[2] = kBeside;
  const Lanes<isBackward> lanes(stretch);
  matrix_[kBeside] = lanes.slide(0, 0, lanes.bound(0));
  close(0, 0);
}

/// One error more, on diagonals lowest..highest: at most one beyond the row before on each side.
template <bool isBackward>
void Wavefronts::next(const Stretch& stretch, int32_t lowest, int32_t highest) {
  const Row before = row(errors_);
  ++errors_;
  int32_t* cells = &matrix_[matrix_.size() - kRowCells * (errors_ + 1)];
  cells[0] = lowest;
  cells[1] = highest;
  cells[2] = static_cast<int32_t>(used_) + kBeside;
  int32_t* points = matrix_.data() + cells[2];
  const Lanes<isBackward> lanes(stretch);
  int32_t left = before.point(lowest - 1);
  int32_t here = before.point(lowest);
  for (int32_t diagonal = lowest; diagonal <= highest; ++diagonal) {
    const int32_t right = before.point(diagonal + 1);
    const int32_t bound = lanes.bound(diagonal);
    // Substituted, inserted, erased: what goes beyond the end of a stretch does not count.
    int32_t point = here + 1 <= bound ? here + 1 : kNone;
    point = std::max(point, left + 1 <= bound ? left + 1 : kNone);
    point = std::max(point, right <= bound ? right : kNone);
    if (point >= 0) point += lanes.slide(point, diagonal, bound);
    points[diagonal - lowest] = point;
    left = here;
    here = right;
  }
}

/// The path to a point, from the common point on.
template <bool isBackward>
void Wavefronts::trace(uint32_t errors, int32_t diagonal, StepList& steps) {
  int32_t point = row(errors).point(diagonal);
  // Each row's description becomes its step: the edit, then how far it slid.
  for (uint32_t at = errors; at > 0; --at) {
    const Row before = row(at - 1);
    const int32_t substituted = before.point(diagonal) + 1;
    const int32_t inserted = before.point(diagonal - 1) + 1;
    const int32_t erased = before.point(diagonal + 1);
    int32_t* cells = &matrix_[matrix_.size() - kRowCells * (at + 1)];
    // Those beyond the end of a stretch are beyond this point too.
    const int32_t origin = std::max({substituted <= point ? substituted : kNone, inserted <= point ? inserted : kNone,
                                     erased <= point ? erased : kNone});
    cells[1] = point - origin;
    if (substituted == origin) {
      cells[0] = static_cast<int32_t>(Edit::substitute);
      point = origin - 1;
    } else if (inserted == origin) {
      cells[0] = static_cast<int32_t>(Edit::insert);
      point = origin - 1;
      --diagonal;
    } else {
      cells[0] = static_cast<int32_t>(Edit::erase);
      point = origin;
      ++diagonal;
    }
  }
  const auto copy = [&](int32_t length) {
    isBackward ? steps.prependCopy(static_cast<uint32_t>(length)) : steps.appendCopy(static_cast<uint32_t>(length));
  };
  copy(point);
  for (uint32_t at = 1; at <= errors; ++at) {
    const int32_t* cells = &matrix_[matrix_.size() - kRowCells * (at + 1)];
    const Edit edit = static_cast<Edit>(cells[0]);
    isBackward ? steps.prependEdit(edit, 1) : steps.appendEdit(edit, 1);
    copy(cells[1]);
  }
}

bool Wavefronts::fill(const Stretch& stretch, uint32_t mostErrors, StepList& steps, uint32_t& errors) {
  const int32_t length = static_cast<int32_t>(stretch.memberLength);
  const int32_t target = length - static_cast<int32_t>(stretch.representativeLength);
  if (static_cast<uint32_t>(std::abs(target)) > mostErrors) return false;
  start<false>(stretch);
  for (;;) {
    const Row last = row(errors_);
    if (target >= last.lowest && target <= last.highest && last.point(target) == length) break;
    if (errors_ == mostErrors) return false;
    // Farther diagonals cannot come back with the errors that are left.
    const int32_t left = static_cast<int32_t>(mostErrors - errors_ - 1);
    const int32_t lowest = std::max({last.lowest - 1, target - left, -static_cast<int32_t>(stretch.representativeLength)});
    const int32_t highest = std::min({last.highest + 1, target + left, length});
    next<false>(stretch, lowest, highest);
    close(lowest, highest);
  }
  errors = errors_;
  trace<false>(errors_, target, steps);
  return true;
}

template <bool isBackward>
Extension Wavefronts::extend(const Stretch& stretch, uint32_t mostErrors, uint32_t drop, StepList& steps) {
  const int32_t memberLength = static_cast<int32_t>(stretch.memberLength);
  const int32_t representativeLength = static_cast<int32_t>(stretch.representativeLength);
  const int64_t gain = 10000 - static_cast<int64_t>(identity_);
  constexpr int64_t kErrorCost = 20000;
  const int64_t mostLoss = int64_t{drop} * kErrorCost;
  // Twice the columns reached, less what the errors cost: all of them taken for substitutions.
  const auto score = [&](int64_t reached, int64_t errors) { return reached * gain - errors * kErrorCost; };
  int64_t bestScore = INT64_MIN;
  int32_t bestDiagonal = 0;
  uint32_t bestErrors = 0;
  Extension extension;
  start<isBackward>(stretch);
  for (;;) {
    const Row last = row(errors_);
    int32_t furthest = kNone;
    int32_t furthestDiagonal = 0;
    for (int32_t diagonal = last.lowest; diagonal <= last.highest; ++diagonal) {
      const int32_t reached = 2 * last.point(diagonal) - diagonal;
      if (reached > furthest) {
        furthest = reached;
        furthestDiagonal = diagonal;
      }
    }
    const int32_t point = last.point(furthestDiagonal);
    const bool isAtEnd = point == memberLength || point - furthestDiagonal == representativeLength;
    const int64_t scored = score(furthest, errors_);
    if (scored > bestScore || isAtEnd) {
      bestScore = std::max(bestScore, scored);
      bestDiagonal = furthestDiagonal;
      bestErrors = errors_;
    }
    if (isAtEnd || scored < bestScore - mostLoss) break;
    if (errors_ == mostErrors) {
      extension.isCut = true;
      break;
    }
    int32_t lowest = last.lowest;
    int32_t highest = last.highest;
    const auto isHopeless = [&](int32_t diagonal) {
      return score(int64_t{2} * last.point(diagonal) - diagonal, errors_) < bestScore - mostLoss;
    };
    while (lowest < furthestDiagonal && isHopeless(lowest)) ++lowest;
    while (highest > furthestDiagonal && isHopeless(highest)) --highest;
    lowest = std::max(lowest - 1, -representativeLength);
    highest = std::min(highest + 1, memberLength);
    next<isBackward>(stretch, lowest, highest);
    close(lowest, highest);
  }
  const int32_t point = row(bestErrors).point(bestDiagonal);
  extension.member = static_cast<uint32_t>(point);
  extension.representative = static_cast<uint32_t>(point - bestDiagonal);
  extension.errors = bestErrors;
  trace<isBackward>(bestErrors, bestDiagonal, steps);
  return extension;
}

Extension Wavefronts::extendForward(const Stretch& stretch, uint32_t mostErrors, uint32_t drop, StepList& steps) {
  return extend<false>(stretch, mostErrors, drop, steps);
}

Extension Wavefronts::extendBackward(const Stretch& stretch, uint32_t mostErrors, uint32_t drop, StepList& steps) {
  return extend<true>(stretch, mostErrors, drop, steps);
}

}  // namespace mm
