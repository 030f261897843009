#include "comparison.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace mm {

namespace {

/// Sequences up to this length are unpacked as a whole.
constexpr uint64_t kWholeLength = uint64_t{1} << 16;
/// An alignment is made in pieces no longer than this.
constexpr uint32_t kMostPiece = uint32_t{1} << 14;
/// Errors of one piece at an end, and of one between two anchors.
constexpr uint32_t kEndErrors = 64;
constexpr uint32_t kGapErrors = 256;
/// Errors beyond what the identity allows for, after which an end is given up.
constexpr uint32_t kDrop = 8;
constexpr uint64_t kScale = 10000;
/// An alignment of more steps, or operations of more bytes, is not worth keeping. Both are for long sequences: short ones
/// have room for whatever comes.
constexpr uint64_t kFewestLongSteps = uint64_t{1} << 17;
constexpr uint64_t kFewestLongOperationBytes = uint64_t{1} << 18;
constexpr uint64_t kMostOperationBytes = uint64_t{1} << 24;
constexpr uint64_t kMostTrimPoints = uint64_t{1} << 16;

size_t windowBytes(uint64_t longest) {
  // The representative's part may be longer than the record.
  const uint64_t residues = std::min(2 * longest + 128, kWholeLength + kWholeLength / 2);
  return static_cast<size_t>(residues) + 2 * ResidueWindow::kPadBytes;
}

size_t stepRoom(uint64_t longest) {
  return static_cast<size_t>(std::min(3 * longest + 64, std::max(kFewestLongSteps, longest / 64)));
}

size_t trimRoom(uint64_t longest) {
  return static_cast<size_t>(std::min<uint64_t>(stepRoom(longest), kMostTrimPoints));
}

size_t operationRoom(uint64_t longest) {
  const uint64_t ofLong = std::clamp(longest / 4, kFewestLongOperationBytes, kMostOperationBytes);
  return static_cast<size_t>(std::min(3 * longest + 64, ofLong));
}

uint64_t loadEight(const uint8_t* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

uint64_t countDifferences(const uint8_t* one, const uint8_t* other, uint32_t length) {
  constexpr uint64_t kLow = 0x7F7F7F7F7F7F7F7F;
  uint64_t count = 0;
  uint32_t at = 0;
  for (; at + 8 <= length; at += 8) {
    const uint64_t difference = loadEight(one + at) ^ loadEight(other + at);
    // The high bit of each byte that is not zero.
    const uint64_t unequal = (((difference & kLow) + kLow) | difference) & ~kLow;
    count += static_cast<uint64_t>(std::popcount(unequal));
  }
  for (; at < length; ++at) count += one[at] != other[at];
  return count;
}

}  // namespace

size_t Comparison::bytes(uint64_t longest, size_t mostKmers) {
  return 3 * windowBytes(longest) + mostKmers * (sizeof(Anchor) + 2 * sizeof(uint32_t) + sizeof(int64_t)) +
         stepRoom(longest) * sizeof(Step) + trimRoom(longest) * sizeof(TrimPoint) + operationRoom(longest) + 256;
}

bool Comparison::createPool(Grant& memory, unsigned threads, AlignmentPool& pool) {
  return pool.create(memory, threads, Wavefronts::cells(kEndErrors), Wavefronts::cells(kGapErrors));
}

size_t Comparison::poolBytes(unsigned threads) {
  return AlignmentPool::bytes(threads, Wavefronts::cells(kEndErrors), Wavefronts::cells(kGapErrors));
}

bool Comparison::create(Grant& memory, const ClusterRequest& request, uint32_t k, uint64_t longest, size_t mostKmers,
                        AlignmentPool& pool, const std::atomic<bool>& cancelled) {
  identity_ = request.identity;
  coverage_ = request.coverage;
  coversBoth_ = request.coverageMode == CoverageMode::both;
  k_ = k;
  pool_ = &pool;
  cancelled_ = &cancelled;
  const size_t window = windowBytes(longest);
  const auto memberBuffer = memory.take<uint8_t>(window);
  const auto buffer = memory.take<uint8_t>(window);
  const auto turned = memory.take<uint8_t>(window);
  const auto steps = memory.take<Step>(stepRoom(longest));
  trimPoints_ = memory.take<TrimPoint>(trimRoom(longest));
  operations_ = memory.take<uint8_t>(operationRoom(longest));
  chain_ = {memory.take<Anchor>(mostKmers), memory.take<uint32_t>(mostKmers), memory.take<uint32_t>(mostKmers),
            memory.take<int64_t>(mostKmers)};
  if (turned.empty() || operations_.empty() || (chain_.diagonals.empty() && mostKmers != 0)) return false;
  member_ = ResidueWindow(memberBuffer, {});
  representative_ = ResidueWindow(buffer, turned);
  steps_ = StepList(steps);
  return true;
}

void Comparison::setMember(const PackedResidues& member) {
  member_.open(member, false);
  memberLength_ = member.length;
  // errors * identity <= matches * (1 - identity), and there are no more matches than residues. Outside of what passes a
  // long member may have as many again: a large deletion.
  const uint64_t times = memberLength_ > kLongestLine ? 2 : 1;
  budget_ = times * memberLength_ * (kScale - identity_) / std::max(identity_, 1u);
}

Wavefronts Comparison::wavefronts(uint32_t errors) {
  if (matrix_.size() < Wavefronts::cells(errors)) {
    if (!matrix_.empty()) pool_->release(matrix_);
    matrix_ = pool_->acquire(Wavefronts::cells(errors));
  }
  return {matrix_, identity_};
}

Stretch Comparison::stretch(const Anchor& from, const Anchor& to) {
  const auto member = member_.view(from.member, to.member, 0, memberLength_);
  const auto representative = representative_.view(from.representative, to.representative, least_, most_);
  return {member.data(), static_cast<uint32_t>(member.size()), representative.data(),
          static_cast<uint32_t>(representative.size())};
}

/// What no alignment wins back: between two points that are too different for one.
void Comparison::bridge(Anchor& at, const Anchor& to) {
  const Anchor end{std::min(to.member, at.member + kMostPiece),
                   std::min(to.representative, at.representative + kMostPiece)};
  const Extension reached = wavefronts(kEndErrors).extendForward(stretch(at, end), kEndErrors, kDrop, steps_);
  spent_ += reached.errors;
  at = {at.member + reached.member, at.representative + reached.representative};
  const uint32_t members = to.member - at.member;
  const uint32_t representatives = to.representative - at.representative;
  const uint32_t both = std::min(members, representatives);
  steps_.appendEdit(Edit::substitute, both);
  steps_.appendEdit(Edit::insert, members - both);
  steps_.appendEdit(Edit::erase, representatives - both);
  spent_ += std::max(members, representatives);
  at = to;
}

/// False when more errors were met than a passing alignment has.
bool Comparison::fillGap(Anchor& at, const Anchor& to) {
  const uint64_t members = to.member - at.member;
  const uint64_t representatives = to.representative - at.representative;
  const uint64_t shorter = std::min(members, representatives);
  const uint64_t shift = std::max(members, representatives) - shorter;
  const uint64_t left = budget_ - spent_;
  if (shift > left) return false;
  // Two and a half times the errors the identity allows for: what has more is no likeness.
  const uint64_t likely = shift + kDrop + shorter * (kScale - identity_) * 5 / (2 * kScale);
  const uint32_t most = static_cast<uint32_t>(std::min<uint64_t>({likely, left, kGapErrors}));
  if (members <= kMostPiece && representatives <= kMostPiece) {
    uint32_t errors = 0;
    if (wavefronts(std::max(most, kEndErrors)).fill(stretch(at, to), most, steps_, errors)) {
      spent_ += errors;
      at = to;
      return true;
    }
    if (most == left) return false;
  }
  bridge(at, to);
  return spent_ <= budget_;
}

bool Comparison::fillBetween(std::span<const Anchor> anchors, Anchor& at) {
  at = anchors[0];
  for (const Anchor& anchor : anchors.subspan(1)) {
    if (isCancelled() || !fillGap(at, anchor)) return false;
  }
  return true;
}

Anchor Comparison::extendToStart(Anchor at) {
  while (at.member > 0 && at.representative > lowest_) {
    const uint32_t room = static_cast<uint32_t>(std::min<uint64_t>(at.representative - lowest_, kMostPiece));
    const Anchor from{at.member - std::min(at.member, kMostPiece), at.representative - room};
    const Extension reached = wavefronts(kEndErrors).extendBackward(stretch(from, at), kEndErrors, kDrop, steps_);
    at = {at.member - reached.member, at.representative - reached.representative};
    const bool isAtEdge = at.member == from.member || at.representative == from.representative;
    if (reached.member + reached.representative == 0 || !(reached.isCut || isAtEdge)) break;
  }
  return at;
}

Anchor Comparison::extendToEnd(Anchor at) {
  while (at.member < memberLength_ && at.representative < highest_) {
    const uint32_t room = static_cast<uint32_t>(std::min<uint64_t>(highest_ - at.representative, kMostPiece));
    const Anchor end{static_cast<uint32_t>(std::min<uint64_t>(memberLength_, at.member + kMostPiece)),
                     at.representative + room};
    const Extension reached = wavefronts(kEndErrors).extendForward(stretch(at, end), kEndErrors, kDrop, steps_);
    at = {at.member + reached.member, at.representative + reached.representative};
    const bool isAtEdge = at.member == end.member || at.representative == end.representative;
    if (reached.member + reached.representative == 0 || !(reached.isCut || isAtEdge)) break;
  }
  return at;
}

bool Comparison::couldCover(uint64_t representativeLength) const {
  return !coversBoth_ || (memberLength_ + budget_) * kScale >= representativeLength * coverage_;
}

/// Whether there are far more differences than a passing alignment has, where all anchors are on one diagonal: hardly
/// any of them would be saved by insertions, and most that do not pass are found out at a fraction of an alignment's
/// cost.
bool Comparison::isUnlike(std::span<const Anchor> anchors) {
  const Anchor& first = anchors.front();
  const Anchor& last = anchors.back();
  const auto isElsewhere = [&](const Anchor& anchor) { return anchor.diagonal() != first.diagonal(); };
  const uint32_t length = last.member - first.member;
  if (length > kMostPiece || std::any_of(anchors.begin(), anchors.end(), isElsewhere)) return false;
  const Stretch between = stretch(first, last);
  return countDifferences(between.member, between.representative, length) > budget_ + budget_ / 4 + kDrop / 2;
}

bool Comparison::passes(const PackedResidues& representative, std::span<const SharedKmer> shared,
                        Assignment& assignment) {
  representativeLength_ = representative.length;
  if (!couldCover(representativeLength_)) return false;
  bool isReverse = false;
  const bool fitsOnce = memberLength_ <= representativeLength_ && representativeLength_ < ChainSpace::kLongestCircle;
  const ChainSpace space{k_, representativeLength_,
                         fitsOnce && isReadAsCircle(representative.alphabet, representativeLength_)};
  const std::span<const Anchor> anchors = chainKmers(shared, space, budget_, chain_, isReverse);
  representativeResidues_ = representative;
  representative_.open(representative, isReverse);
  const uint64_t margin = budget_ + kEndErrors;
  const uint64_t before = anchors.front().member + margin;
  const uint64_t behind = memberLength_ - anchors.back().member + margin;
  least_ = anchors.front().representative - std::min<uint64_t>(anchors.front().representative, before);
  // Where a circle starts does not matter: nothing but the turn itself bounds the alignment.
  const uint64_t lastAnchor = anchors.back().representative;
  lowest_ = space.isCircle && lastAnchor > representativeLength_ ? lastAnchor - representativeLength_ : 0;
  const auto setHighest = [&](uint64_t start) { highest_ = representativeLength_ + (space.isCircle ? start : 0); };
  setHighest(anchors.front().representative);
  most_ = std::min(highest_, lastAnchor + behind);
  if (isUnlike(anchors)) return false;
  steps_.clear();
  spent_ = 0;
  const auto covers = [&](uint64_t span) { return span * kScale >= memberLength_ * coverage_; };
  const auto align = [&] {
    Anchor end;
    if (!fillBetween(anchors, end)) return false;
    const Anchor start = extendToStart(anchors.front());
    if (!covers(memberLength_ - start.member)) return false;
    setHighest(start.representative);
    end = extendToEnd(end);
    Segment segment;
    if (!covers(end.member - start.member) || steps_.hasOverflowed()) return false;
    if (!trimSteps(steps_.steps(), identity_, trimPoints_, segment)) return false;
    if (!covers(segment.memberEnd - segment.memberStart)) return false;
    const uint64_t representativeSpan = segment.representativeEnd - segment.representativeStart;
    if (coversBoth_ && representativeSpan * kScale < representativeLength_ * coverage_) return false;
    const Anchor first{start.member + segment.memberStart, start.representative + segment.representativeStart};
    const Anchor last{start.member + segment.memberEnd, start.representative + segment.representativeEnd};
    const AlignedSpan span = spanOf(first, last, isReverse);
    assignment = {.representative = 0,
                  .isReverse = isReverse,
                  .memberLength = memberLength_,
                  .memberStart = span.memberStart,
                  .memberEnd = span.memberEnd,
                  .representativeStart = span.representativeStart,
                  .representativeEnd = span.representativeEnd,
                  .matches = segment.matches,
                  .columns = segment.columns,
                  .wider = std::nullopt,
                  .operations = {},
                  .head = {},
                  .tail = {}};
    // What hangs over at the ends of a long member may be a large part of it: what was aligned of that is not stored.
    const bool isCut = segment.memberEnd - segment.memberStart < end.member - start.member;
    const uint32_t lastStep = static_cast<uint32_t>(steps_.steps().size() - 1);
    if (memberLength_ > kLongestLine && isCut && writeOperations(0, lastStep, start, assignment.operations)) {
      assignment.wider = spanOf(start, end, isReverse);
      return proves(assignment.operations, start, end, isReverse);
    }
    return writeOperations(segment.firstStep, segment.lastStep, first, assignment.operations) &&
           proves(assignment.operations, first, last, isReverse);
  };
  const bool isPassed = align();
  if (!matrix_.empty()) pool_->release(matrix_);
  matrix_ = {};
  return isPassed;
}

AlignedSpan Comparison::spanOf(const Anchor& first, const Anchor& last, bool isReverse) const {
  const uint64_t turnedEnd = ResidueWindow::kTurns * representativeLength_ - last.representative;
  const uint64_t start = (isReverse ? turnedEnd : first.representative) % representativeLength_;
  return {first.member, last.member, start, start + last.representative - first.representative};
}

/// False when they outgrow their room.
bool Comparison::writeOperations(uint32_t firstStep, uint32_t lastStep, const Anchor& start,
                                 std::span<const uint8_t>& operations) {
  operations = {};
  if (firstStep == lastStep) return true;
  OperationWriter writer(operations_);
  uint64_t at = start.member;
  for (uint32_t index = firstStep; index <= lastStep; ++index) {
    const Step& step = steps_.steps()[index];
    at += step.copy;
    if (index == lastStep) {
      if (!writer.add({step.copy, Edit::end, 0, {}})) return false;
      break;
    }
    uint64_t length = step.length;
    // A long stretch of residues goes in pieces that can be unpacked at once.
    for (uint64_t copy = step.copy; length != 0; copy = 0) {
      const uint64_t piece = step.edit == Edit::erase ? length : std::min<uint64_t>(length, kMostPiece);
      const bool hasResidues = step.edit != Edit::erase;
      const std::span<const uint8_t> residues = hasResidues ? memberPiece(at, at + piece) : std::span<const uint8_t>{};
      if (!writer.add({copy, step.edit, piece, residues})) return false;
      if (hasResidues) at += piece;
      length -= piece;
    }
  }
  operations = writer.written();
  return true;
}

bool Comparison::isEqual(uint64_t member, uint64_t representative, uint64_t length) {
  while (length != 0 && !isCancelled()) {
    const uint64_t piece = std::min<uint64_t>(length, kMostPiece);
    const auto one = member_.view(member, member + piece, 0, memberLength_);
    const auto other = representative_.view(representative, representative + piece, least_, most_);
    if (std::memcmp(one.data(), other.data(), piece) != 0) return false;
    member += piece;
    representative += piece;
    length -= piece;
  }
  return true;
}

bool Comparison::proves(std::span<const uint8_t> operations, const Anchor& first, const Anchor& last, bool isReverse) {
  if (!restores(operations, first, last)) return false;
  const AlignedSpan span = spanOf(first, last, isReverse);
  return !isReverse || turnsAlike(span.representativeStart, span.representativeEnd);
}

/// Decodes the operations and compares what comes out with the record.
bool Comparison::restores(std::span<const uint8_t> operations, const Anchor& start, const Anchor& end) {
  uint64_t member = start.member;
  uint64_t representative = start.representative;
  const auto copies = [&](uint64_t length) {
    if (length > end.member - member || length > end.representative - representative) return false;
    if (!isEqual(member, representative, length)) return false;
    member += length;
    representative += length;
    return true;
  };
  if (operations.empty()) return copies(end.member - start.member) && representative == end.representative;
  OperationReader reader(operations);
  Operation step;
  while (reader.next(step)) {
    if (isCancelled() || !copies(step.copy)) return false;
    if (step.edit != Edit::insert) representative += step.length;
    if (representative > end.representative || step.residues.size() > end.member - member) return false;
    if (!step.residues.empty()) {
      const auto residues = memberPiece(member, member + step.residues.size());
      if (!std::equal(residues.begin(), residues.end(), step.residues.begin())) return false;
    }
    member += step.residues.size();
  }
  return !reader.damaged() && copies(step.copy) && member == end.member && representative == end.representative;
}

/// Whether the span's reverse complement, made from the span alone, has the same of T and U as that of the whole
/// representative.
bool Comparison::turnsAlike(uint64_t start, uint64_t end) {
  const PackedResidues& residues = representativeResidues_;
  if (residues.isPacked && !residues.hasU && residues.exceptionRuns == 0) return true;
  representative_.open(representativeResidues_, false);
  bool hasA = false;
  bool hasT = false;
  bool hasU = false;
  for (uint64_t at = start; at < end;) {
    const uint64_t pieceEnd = std::min<uint64_t>(end, at + kMostPiece);
    for (const uint8_t residue : representative_.view(at, pieceEnd, start, end)) {
      hasA |= residue == 'A';
      hasT |= residue == 'T';
      hasU |= residue == 'U';
    }
    at = pieceEnd;
  }
  return !hasA || (hasU && !hasT) == representativeResidues_.hasU;
}

}  // namespace mm
