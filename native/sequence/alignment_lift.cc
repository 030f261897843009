#include "alignment_lift.h"

namespace mm {

namespace {

uint8_t complement(uint8_t residue) {
  uint8_t out;
  reverseComplement({&residue, 1}, false, {&out, 1});
  return out;
}

}  // namespace

bool AlignmentLift::settleStep() {
  while (stepLeft_ == 0) {
    if (!steps_.next(step_)) return false;
    stepLeft_ = step_.length;
  }
  return true;
}

char AlignmentLift::pairLetter(const AlignedRun& run, uint64_t at) const {
  if (step_.kind == HitStep::Kind::unknown) return 'M';
  const bool isAsRepresentative = run.residues.empty() || run.residues[at] == kAsRepresentative;
  if (isAsRepresentative) return step_.kind == HitStep::Kind::equal ? '=' : 'X';
  if (step_.kind == HitStep::Kind::equal) return 'X';
  // Both differ from the representative, and may be equal to each other.
  if (step_.query == 0) return 'M';
  const uint8_t own = run.residues[at];
  const uint8_t member = isReverse_ ? complement(own) : own;
  return withT(member) == withT(step_.query) ? '=' : 'X';
}

}  // namespace mm
