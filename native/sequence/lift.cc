#include "lift.h"

#include <algorithm>

namespace mm {

bool RunReader::next(AlignedRun& run) {
  while (!isDamaged_) {
    if (hasEdit_) {
      hasEdit_ = false;
      if (step_.edit == Edit::substitute) return takePairs(run, step_.length, step_.residues);
      if (step_.edit == Edit::erase) representative_ += static_cast<int64_t>(step_.length);
      if (step_.edit == Edit::insert) takeResidues(step_.length);
      continue;
    }
    if (hasEnded_) return false;
    hasEdit_ = reader_.next(step_);
    hasEnded_ = !hasEdit_;
    isDamaged_ = reader_.damaged() || step_.length > kLongestCompared;
    if (!isDamaged_ && step_.copy > 0) return takePairs(run, step_.copy, {});
  }
  return false;
}

bool RunReader::takePairs(AlignedRun& run, uint64_t length, std::span<const uint8_t> residues) {
  run = {member_, representative_, length, residues};
  representative_ += static_cast<int64_t>(length);
  return takeResidues(length);
}

bool RunReader::takeResidues(uint64_t length) {
  isDamaged_ = isDamaged_ || length > residuesLeft_;
  if (isDamaged_) return false;
  member_ += length;
  residuesLeft_ -= length;
  return true;
}

void SpanLift::add(const AlignedRun& run) {
  const int64_t begin = std::max(run.representative, target_.begin);
  const int64_t end = std::min(run.representative + static_cast<int64_t>(run.length), target_.end);
  if (begin >= end) return;
  const auto onMember = [&run](int64_t position) {
    return run.member + static_cast<uint64_t>(position - run.representative);
  };
  if (aligned_ == 0) {
    begin_ = onMember(begin);
    first_ = begin;
  }
  end_ = onMember(end);
  last_ = end;
  aligned_ += static_cast<uint64_t>(end - begin);
  if (run.residues.empty()) {
    copied_ += static_cast<uint64_t>(end - begin);
  } else {
    const auto there = run.residues.subspan(static_cast<size_t>(begin - run.representative), static_cast<size_t>(end - begin));
    copied_ += static_cast<uint64_t>(std::count(there.begin(), there.end(), kAsRepresentative));
  }
}

}  // namespace mm
