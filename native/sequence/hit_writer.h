#pragma once

#include <string_view>

#include "hit_line.h"
#include "output_file.h"

namespace mm {

/// What a line of the expanded hits says of itself, in its last column or tag.
enum class HitMark : uint8_t {
  /// The line that the search wrote.
  hit,
  /// The member has the same residues there: all of the line holds of it.
  same,
  /// Identity and length of the alignment were counted anew.
  computed,
  /// The same, but there are pairs of which nothing says that they are equal: not counted as matches.
  fewest,
  /// Identity and length are those of the representative.
  inherited,
  /// The same, and the member lacks an end of what was hit: the query's span is the representative's, too.
  clipped,
  /// The line that the search wrote; nothing is lifted from it, for several representatives have the name of its target.
  ambiguous,
};
constexpr size_t kHitMarks = 7;
std::string_view nameOf(HitMark mark);

/// A hit as it is on a member.
struct MemberHit {
  std::span<const uint8_t> name;
  uint64_t residues = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t queryBegin = 0;
  uint64_t queryEnd = 0;
  bool isReverse = false;
  HitMark mark = HitMark::inherited;
  /// Where they were counted.
  uint64_t matches = 0;
  uint64_t columns = 0;
};

/// Writes lines of hits. After a failure it writes nothing more, and outcome() says why.
class HitWriter {
 public:
  explicit HitWriter(OutputFile& out) : out_(&out) {}

  /// As it came.
  void plain(std::span<const uint8_t> line);
  /// The search's own line.
  void own(const Hit& hit, HitFormat format, std::span<const uint8_t> line, HitMark mark);
  void tabular(const Hit& hit, const MemberHit& member);
  /// Up to where a CIGAR is to follow, if one is; then the CIGAR, then the end.
  void paf(const Hit& hit, const MemberHit& member);
  void cigarTag();
  void cigarRun(uint64_t length, char letter);
  void endPaf(const Hit& hit, HitMark mark);

  const Outcome& outcome() const { return outcome_; }
  uint64_t byteLength() const { return out_->byteLength(); }

 private:
  void text(std::string_view text);
  void bytes(std::span<const uint8_t> bytes);
  void number(uint64_t value);
  /// With a tab before it.
  void column(std::span<const uint8_t> column);
  void column(uint64_t value);
  void tags(const Hit& hit, const MemberHit& member);

  OutputFile* out_;
  Outcome outcome_;
};

}  // namespace mm
