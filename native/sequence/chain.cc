#include "chain.h"

#include <algorithm>
#include <cstdlib>

namespace mm {

namespace {

int64_t commonestDiagonal(std::span<const Anchor> anchors, std::span<int64_t> diagonals) {
  // Whoever has more than half of them survives the count.
  int64_t leader = anchors[0].diagonal();
  size_t lead = 0;
  for (const Anchor& anchor : anchors) {
    if (lead == 0) leader = anchor.diagonal();
    lead += anchor.diagonal() == leader ? 1 : -1;
  }
  const auto isLeaders = [&](const Anchor& anchor) { return anchor.diagonal() == leader; };
  if (static_cast<size_t>(std::count_if(anchors.begin(), anchors.end(), isLeaders)) > anchors.size() / 2) return leader;
  for (size_t at = 0; at < anchors.size(); ++at) diagonals[at] = anchors[at].diagonal();
  const std::span<int64_t> sorted = diagonals.first(anchors.size());
  std::sort(sorted.begin(), sorted.end());
  size_t most = 0;
  for (size_t at = 0; at < sorted.size();) {
    size_t end = at;
    while (end < sorted.size() && sorted[end] == sorted[at]) ++end;
    if (end - at > most) {
      most = end - at;
      leader = sorted[at];
    }
    at = end;
  }
  return leader;
}

/// Longest subsequence that strictly ascends in the representative; the member's positions ascend already.
size_t keepLongestAscent(std::span<Anchor> anchors, const ChainScratch& scratch) {
  const auto ascends = [&](size_t at) { return anchors[at - 1].representative < anchors[at].representative; };
  size_t sorted = 1;
  while (sorted < anchors.size() && ascends(sorted)) ++sorted;
  if (sorted == anchors.size()) return sorted;
  size_t length = 0;
  for (uint32_t at = 0; at < anchors.size(); ++at) {
    const auto place = std::lower_bound(
        scratch.ends.begin(), scratch.ends.begin() + static_cast<ptrdiff_t>(length), anchors[at].representative,
        [&](uint32_t end, uint32_t position) { return anchors[end].representative < position; });
    const size_t rank = static_cast<size_t>(place - scratch.ends.begin());
    scratch.before[at] = rank == 0 ? 0 : scratch.ends[rank - 1];
    scratch.ends[rank] = at;
    length = std::max(length, rank + 1);
  }
  uint32_t at = scratch.ends[length - 1];
  for (size_t rank = length; rank-- > 0; at = scratch.before[at]) scratch.ends[rank] = at;
  for (size_t rank = 0; rank < length; ++rank) anchors[rank] = anchors[scratch.ends[rank]];
  return length;
}

/// Puts each anchor into the turn where its diagonal is the nearest to this one.
void turnTo(int64_t diagonal, std::span<Anchor> anchors, uint64_t length) {
  const int64_t half = static_cast<int64_t>(length / 2);
  for (Anchor& anchor : anchors) {
    const int64_t beside = anchor.diagonal() - diagonal;
    if (beside > half) anchor.representative += static_cast<uint32_t>(length);
    if (beside < -half) anchor.representative -= static_cast<uint32_t>(length);
  }
}

/// Leaves out k-mers that are there by chance: whose diagonal is far from that of both neighbours. When all are, they
/// stay. @returns how many are left
size_t dropLonely(std::span<Anchor> chain) {
  const auto areNear = [](const Anchor& one, const Anchor& next) {
    constexpr int64_t kJitter = 16;
    constexpr int64_t kResiduesPerShift = 8;
    const int64_t shift = std::abs(next.diagonal() - one.diagonal());
    return shift <= kJitter + (next.member - one.member) / kResiduesPerShift;
  };
  size_t left = 0;
  bool isNearBefore = false;
  for (size_t at = 0; at < chain.size(); ++at) {
    const bool isNearNext = at + 1 < chain.size() && areNear(chain[at], chain[at + 1]);
    if (isNearBefore || isNearNext) chain[left++] = chain[at];
    isNearBefore = isNearNext;
  }
  return left == 0 ? chain.size() : left;
}

}  // namespace

std::span<Anchor> chainKmers(std::span<const SharedKmer> shared, const ChainSpace& space, uint64_t reach,
                             const ChainScratch& scratch, bool& isReverse) {
  const auto reversed =
      std::count_if(shared.begin(), shared.end(), [](const SharedKmer& kmer) { return kmer.isReverse; });
  isReverse = 2 * static_cast<size_t>(reversed) > shared.size();
  size_t count = 0;
  for (const SharedKmer& kmer : shared) {
    if (kmer.isReverse != isReverse) continue;
    const uint64_t turned = space.length - space.k - kmer.representative;
    uint64_t position = isReverse ? turned : kmer.representative;
    // All diagonals within one length: where the member starts is a place in the second turn.
    if (space.isCircle) position += kmer.member < position ? space.length : 2 * space.length;
    scratch.anchors[count++] = {kmer.member, static_cast<uint32_t>(position)};
  }
  const std::span<Anchor> anchors = scratch.anchors.first(count);
  if (count < 2) return anchors;
  const int64_t diagonal = commonestDiagonal(anchors, scratch.diagonals);
  if (space.isCircle) turnTo(diagonal, anchors, space.length);
  const auto isFar = [&](const Anchor& anchor) {
    return static_cast<uint64_t>(std::abs(anchor.diagonal() - diagonal)) > reach;
  };
  const auto nearEnd = std::remove_if(anchors.begin(), anchors.end(), isFar);
  const std::span<Anchor> near = anchors.first(static_cast<size_t>(nearEnd - anchors.begin()));
  std::span<Anchor> chain = near.first(keepLongestAscent(near, scratch));
  if (!space.isCircle) return chain;
  chain = chain.first(dropLonely(chain));
  const auto isMoreThanATurn = [&] {
    return uint64_t{chain.back().representative} + space.k - chain.front().representative > space.length;
  };
  while (isMoreThanATurn()) chain = chain.first(chain.size() - 1);
  return chain;
}

}  // namespace mm
