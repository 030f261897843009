#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hit_alignment.h"

namespace mm {

enum class HitFormat : uint8_t {
  /// BLAST's tabular output (-outfmt 6, "m8") with its first twelve columns; more may follow.
  tabular,
  /// minimap2's: twelve columns and tags.
  paf,
};

constexpr size_t kHitColumns = 12;

/// A line of hits. Its spans lie in the line.
struct Hit {
  std::array<std::span<const uint8_t>, kHitColumns> columns;
  /// What follows them, the tab before it included.
  std::span<const uint8_t> rest;

  std::span<const uint8_t> target;
  /// From 0, half open, on the forward strand of the target.
  uint64_t targetBegin = 0;
  uint64_t targetEnd = 0;
  uint64_t queryBegin = 0;
  uint64_t queryEnd = 0;
  /// Whether the query's residues are given from its end to its beginning, and the target's: tabular output has either.
  bool queryDescends = false;
  bool targetDescends = false;
  /// 0 where the format does not say it.
  uint64_t targetLength = 0;
  bool isReverse = false;
  HitAlignment alignment;
  uint64_t unknownPairs = 0;
};

/// A line without columns: blank, or a comment (#).
bool isRemark(std::span<const uint8_t> line);
/// What the line looks like. False when nothing can be said: too few columns, or a query without a hit.
bool formatOfHit(std::span<const uint8_t> line, HitFormat& format);
/// @returns what is wrong with the line, a text that lives as long as the program; null when nothing is. A query without a
/// hit (target *) is wrong; hit.target is read then.
const char* readHit(std::span<const uint8_t> line, HitFormat format, Hit& hit);
bool isNoTarget(const Hit& hit);

}  // namespace mm
