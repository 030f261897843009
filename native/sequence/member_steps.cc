#include "member_steps.h"

namespace mm {

MemberSteps::MemberSteps(const Assignment& assignment)
    : assignment_(assignment),
      reader_(assignment.operations),
      position_(assignment.isReverse ? assignment.aligned().representativeEnd
                                     : assignment.aligned().representativeStart),
      isReverse_(assignment.isReverse),
      stage_(Stage::head) {}

void MemberSteps::settle() {
  while (settleStep() && step_.edit == Edit::erase && copyLeft_ == 0) {
    move(editLeft_);
    editLeft_ = 0;
  }
}

bool MemberSteps::settleStep() {
  while (copyLeft_ == 0 && editLeft_ == 0) {
    step_ = {};
    switch (stage_) {
      case Stage::head:
        step_.edit = Edit::insert;
        step_.residues = assignment_.head;
        editLeft_ = step_.residues.size();
        stage_ = Stage::operations;
        break;
      case Stage::operations:
        if (assignment_.operations.empty()) {
          copyLeft_ = assignment_.aligned().memberEnd - assignment_.aligned().memberStart;
          stage_ = Stage::tail;
          break;
        }
        if (!reader_.next(step_)) {
          isDamaged_ = reader_.damaged();
          stage_ = isDamaged_ ? Stage::end : Stage::tail;
          // A step that was cut has a length and no residues.
          if (isDamaged_) return false;
        }
        copyLeft_ = step_.copy;
        editLeft_ = step_.length;
        break;
      case Stage::tail:
        step_.edit = Edit::insert;
        step_.residues = assignment_.tail;
        editLeft_ = step_.residues.size();
        stage_ = Stage::end;
        break;
      case Stage::end:
        return false;
    }
  }
  return true;
}

}  // namespace mm
