#include "steps.h"

namespace mm {

void StepList::clear() {
  first_ = last_ = room_.size() / 4;
  room_[first_] = {};
  hasOverflowed_ = false;
}

void StepList::appendEdit(Edit edit, uint32_t length) {
  if (length == 0) return;
  Step& open = room_[last_];
  if (open.copy == 0 && last_ > first_ && room_[last_ - 1].edit == edit) {
    room_[last_ - 1].length += length;
    return;
  }
  if (last_ + 1 == room_.size()) {
    hasOverflowed_ = true;
    return;
  }
  open.edit = edit;
  open.length = length;
  room_[++last_] = {};
}

void StepList::prependEdit(Edit edit, uint32_t length) {
  if (length == 0) return;
  Step& front = room_[first_];
  if (front.copy == 0 && front.edit == edit) {
    front.length += length;
    return;
  }
  if (first_ == 0) {
    hasOverflowed_ = true;
    return;
  }
  room_[--first_] = {0, length, edit};
}

}  // namespace mm
