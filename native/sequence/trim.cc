#include "trim.h"

namespace mm {

namespace {

/// Columns before a step, or behind its matches, and what they are worth: at least 0 in all when the identity is
/// reached.
struct Walk {
  uint32_t member = 0;
  uint32_t representative = 0;
  uint32_t matches = 0;
  uint32_t columns = 0;

  void copy(const Step& step) {
    member += step.copy;
    representative += step.copy;
    matches += step.copy;
    columns += step.copy;
  }
  void edit(const Step& step) {
    if (step.edit != Edit::erase) member += step.length;
    if (step.edit != Edit::insert) representative += step.length;
    columns += step.length;
  }
  int64_t score(int64_t identity) const { return int64_t{matches} * 10000 - int64_t{columns} * identity; }
};

}  // namespace

bool trimSteps(std::span<const Step> steps, uint32_t identity, std::span<TrimPoint> scratch, Segment& out) {
  // Beginnings worth looking at: each is worth less before it than all earlier ones.
  size_t beginnings = 0;
  Walk whole;
  for (uint32_t at = 0; at < steps.size(); ++at) {
    const int64_t score = whole.score(identity);
    const bool hasRoom = beginnings < scratch.size();
    if (steps[at].copy != 0 && hasRoom && (beginnings == 0 || score < scratch[beginnings - 1].score)) {
      scratch[beginnings++] = {score, whole.member, at};
    }
    whole.copy(steps[at]);
    whole.edit(steps[at]);
  }
  // Endings from the last one back: a beginning that one of them has used is no use to those before it, only earlier
  // ones are.
  uint32_t widest = 0;
  uint32_t firstStep = 0;
  uint32_t lastStep = 0;
  Walk walk = whole;
  for (uint32_t at = static_cast<uint32_t>(steps.size()); at-- > 0 && beginnings > 0;) {
    const Step& step = steps[at];
    if (step.edit != Edit::erase) walk.member -= step.length;
    walk.columns -= step.length;
    if (step.copy != 0) {
      const int64_t score = walk.score(identity);
      while (beginnings > 0 && scratch[beginnings - 1].score <= score) {
        const TrimPoint& beginning = scratch[--beginnings];
        if (beginning.step > at || walk.member - beginning.member < widest) continue;
        widest = walk.member - beginning.member;
        firstStep = beginning.step;
        lastStep = at;
      }
      walk.member -= step.copy;
      walk.matches -= step.copy;
      walk.columns -= step.copy;
    }
  }
  if (widest == 0) return false;
  Walk from;
  for (uint32_t at = 0; at < firstStep; ++at) {
    from.copy(steps[at]);
    from.edit(steps[at]);
  }
  Walk to = from;
  for (uint32_t at = firstStep; at <= lastStep; ++at) {
    to.copy(steps[at]);
    if (at != lastStep) to.edit(steps[at]);
  }
  out = {firstStep, lastStep, from.member, to.member, from.representative, to.representative,
         to.matches - from.matches, to.columns - from.columns};
  return true;
}

}  // namespace mm
