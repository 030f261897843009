#pragma once

#include <cstdint>
#include <span>

#include "assignment.h"

namespace mm {

/// `copy` residues that match, then an edit of `length` columns; `end` has none.
struct Step {
  uint32_t copy = 0;
  uint32_t length = 0;
  Edit edit = Edit::end;
};

/// An alignment as it grows from its anchor to both sides. Neighbouring edits of one kind are one step.
class StepList {
 public:
  StepList() = default;
  /// A quarter of `room` is for what comes in front.
  explicit StepList(std::span<Step> room) : room_(room) { clear(); }

  void clear();
  std::span<const Step> steps() const { return room_.subspan(first_, last_ + 1 - first_); }
  /// Whether there was no room for a step: the alignment is worthless then.
  bool hasOverflowed() const { return hasOverflowed_; }

  void appendCopy(uint32_t length) { room_[last_].copy += length; }
  void appendEdit(Edit edit, uint32_t length);
  void prependCopy(uint32_t length) { room_[first_].copy += length; }
  void prependEdit(Edit edit, uint32_t length);

 private:
  std::span<Step> room_;
  size_t first_ = 0;
  /// The step that is open: its edit is `end`.
  size_t last_ = 0;
  bool hasOverflowed_ = false;
};

}  // namespace mm
