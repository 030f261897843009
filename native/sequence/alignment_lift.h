#pragma once

#include "hit_alignment.h"
#include "lift.h"

namespace mm {

/// The columns of a query with a member, as a CIGAR: each length with its letter, given to `sink(length, letter)`.
class CigarRuns {
 public:
  template <typename Sink>
  void add(uint64_t length, char letter, Sink&& sink) {
    if (length == 0) return;
    if (letter != letter_) flush(sink);
    letter_ = letter;
    length_ += length;
  }
  template <typename Sink>
  void flush(Sink&& sink) {
    if (length_ > 0) sink(length_, letter_);
    length_ = 0;
  }

 private:
  uint64_t length_ = 0;
  char letter_ = 0;
};

/// The alignment of a query with a representative, carried over to a member: columns in which query and member lie
/// opposite the same residue of the representative are pairs, what only one of them has is a gap. It begins and ends with
/// a pair. Takes the runs of the member in order.
class AlignmentLift {
 public:
  AlignmentLift(const HitAlignment& alignment, LiftTarget target, bool isReverse)
      : steps_(alignment, isReverse), target_(target), isReverse_(isReverse), position_(target.begin) {}

  template <typename Sink>
  void add(const AlignedRun& run, Sink&& sink);
  template <typename Sink>
  void finish(Sink&& sink) {
    cigar_.flush(sink);
  }

  bool isLifted() const { return columns_ > 0; }
  uint64_t memberBegin() const { return memberBegin_; }
  uint64_t memberEnd() const { return memberEnd_; }
  /// Residues of the query before the first pair and up to the last, counted in the order of the member.
  uint64_t queryBegin() const { return queryBegin_; }
  uint64_t queryEnd() const { return queryEnd_; }
  /// Columns, gaps included.
  uint64_t columns() const { return columns_; }
  uint64_t matches() const { return matches_; }
  /// Pairs of which nothing says whether they are equal.
  uint64_t doubtful() const { return doubtful_; }

 private:
  bool settleStep();
  char pairLetter(const AlignedRun& run, uint64_t at) const;

  HitAlignment::Steps steps_;
  LiftTarget target_;
  bool isReverse_;
  CigarRuns cigar_;
  HitStep step_;
  uint64_t stepLeft_ = 0;
  /// On the representative, and how much of the query is behind it.
  int64_t position_;
  uint64_t query_ = 0;

  /// Residues of the member in an intron, since the last pair.
  uint64_t skipped_ = 0;
  uint64_t memberBegin_ = 0;
  uint64_t memberEnd_ = 0;
  uint64_t queryBegin_ = 0;
  uint64_t queryEnd_ = 0;
  uint64_t columns_ = 0;
  uint64_t matches_ = 0;
  uint64_t doubtful_ = 0;
};

template <typename Sink>
void AlignmentLift::add(const AlignedRun& run, Sink&& sink) {
  const int64_t runEnd = run.representative + static_cast<int64_t>(run.length);
  while (position_ < target_.end && position_ < runEnd && settleStep()) {
    // An insert of the query lies before the residue at its position.
    if (!step_.takesTarget()) {
      query_ += stepLeft_;
      stepLeft_ = 0;
      continue;
    }
    const int64_t limit = position_ < run.representative ? run.representative : runEnd;
    const uint64_t count = stepLeft_ < static_cast<uint64_t>(limit - position_)
                               ? stepLeft_
                               : static_cast<uint64_t>(limit - position_);
    const bool hasMember = position_ >= run.representative;
    if (hasMember && step_.kind == HitStep::Kind::skip) skipped_ += count;
    if (hasMember && step_.isPair()) {
      const uint64_t at = static_cast<uint64_t>(position_ - run.representative);
      const uint64_t member = run.member + at;
      if (columns_ == 0) {
        memberBegin_ = member;
        queryBegin_ = query_;
      } else {
        const uint64_t queryAlone = query_ - queryEnd_;
        const uint64_t memberAlone = member - memberEnd_ - skipped_;
        cigar_.add(queryAlone, 'I', sink);
        cigar_.add(memberAlone, 'D', sink);
        cigar_.add(skipped_, 'N', sink);
        columns_ += queryAlone + memberAlone;
      }
      skipped_ = 0;
      for (uint64_t done = 0; done < count;) {
        const char letter = pairLetter(run, at + done);
        const uint64_t alike = run.residues.empty() ? count - done : 1;
        cigar_.add(alike, letter, sink);
        matches_ += letter == '=' ? alike : 0;
        doubtful_ += letter == 'M' ? alike : 0;
        done += alike;
      }
      columns_ += count;
      memberEnd_ = member + count;
      queryEnd_ = query_ + count;
    }
    if (step_.takesQuery()) query_ += count;
    stepLeft_ -= count;
    position_ += static_cast<int64_t>(count);
  }
}

}  // namespace mm
