#pragma once

#include <span>

#include "assignment.h"

namespace mm {

/// Walks through an assignment in portions of the member's residues: what hangs over at its ends counts as inserts.
/// Copyable: a copy walks on by itself, which is how a portion's cost is known before it is written.
class MemberSteps {
 public:
  MemberSteps() = default;
  explicit MemberSteps(const Assignment& assignment);

  bool isReverse() const { return isReverse_; }
  /// Residues of the representative that are passed without one of the member.
  void settle();
  /// Where the next copy starts (forward) or ends (reverse) in the representative.
  uint64_t position() const { return position_; }

  /// Gives `residues` residues of the member as edit(copy, kind, length, residues): a copied run and what follows it.
  /// The last copied run has no edit and is not given. False when the assignment has fewer, or is damaged.
  template <typename EditSink>
  bool take(uint64_t residues, EditSink&& edit) {
    uint64_t copy = 0;
    while (settleStep()) {
      if (step_.edit == Edit::erase && copyLeft_ == 0) {
        if (residues == 0) break;
        edit(copy, Edit::erase, editLeft_, std::span<const uint8_t>{});
        copy = 0;
        move(editLeft_);
        editLeft_ = 0;
        continue;
      }
      if (residues == 0) break;
      if (copyLeft_ > 0) {
        const uint64_t count = copyLeft_ < residues ? copyLeft_ : residues;
        copyLeft_ -= count;
        residues -= count;
        copy += count;
        move(count);
        continue;
      }
      const uint64_t count = editLeft_ < residues ? editLeft_ : residues;
      edit(copy, step_.edit, count, step_.residues.subspan(step_.residues.size() - editLeft_, count));
      copy = 0;
      editLeft_ -= count;
      residues -= count;
      if (step_.edit == Edit::substitute) move(count);
    }
    return residues == 0 && !isDamaged_;
  }

 private:
  enum class Stage : uint8_t { head, operations, tail, end };

  /// Brings the next step that has something left. False at the end.
  bool settleStep();
  void move(uint64_t residues) { position_ = isReverse_ ? position_ - residues : position_ + residues; }

  Assignment assignment_;
  OperationReader reader_{{}};
  Operation step_;
  uint64_t copyLeft_ = 0;
  uint64_t editLeft_ = 0;
  uint64_t position_ = 0;
  bool isReverse_ = false;
  bool isDamaged_ = false;
  Stage stage_ = Stage::end;
};

}  // namespace mm
