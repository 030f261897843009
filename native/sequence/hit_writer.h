#pragma once

#include <cstring>
#include <string_view>

#include "../core/job.h"
#include "hit_line.h"

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
  /// output: a file or a pipe, at its own position.
  HitWriter(int output, std::span<uint8_t> buffer) : output_(output), buffer_(buffer) {}

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

  Outcome flush();
  const Outcome& outcome() const { return outcome_; }
  /// The buffer included.
  uint64_t byteLength() const { return flushed_ + used_; }

 private:
  void bytes(std::span<const uint8_t> bytes) {
    if (bytes.size() > buffer_.size() - used_) return longBytes(bytes);
    if (!bytes.empty()) std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void longBytes(std::span<const uint8_t> bytes);
  void text(std::string_view text) { bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }
  void number(uint64_t value);
  /// With a tab before it.
  void column(std::span<const uint8_t> column);
  void column(uint64_t value);
  void tags(const Hit& hit, const MemberHit& member);

  int output_;
  std::span<uint8_t> buffer_;
  size_t used_ = 0;
  uint64_t flushed_ = 0;
  Outcome outcome_;
};

}  // namespace mm
