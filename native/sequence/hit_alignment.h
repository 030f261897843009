#pragma once

#include <cstdint>
#include <span>

namespace mm {

/// Columns of an alignment of a query with its target.
struct HitStep {
  enum class Kind : uint8_t {
    equal,
    differ,
    /// Equal or not: nothing says so (M of a CIGAR).
    unknown,
    /// Residues of the query alone.
    insert,
    /// Residues of the target alone.
    erase,
    /// An intron: of the target alone, and no column.
    skip,
  };
  Kind kind = Kind::equal;
  uint64_t length = 0;
  /// The query's residue where it differs, as on the target's forward strand and in upper case; 0 where nothing says so.
  uint8_t query = 0;

  bool isPair() const { return kind <= Kind::unknown; }
  bool takesTarget() const { return kind != Kind::insert; }
  bool takesQuery() const { return isPair() || kind == Kind::insert; }
};

/// The alignment that a line of PAF carries: the text of its tag cg:Z (CIGAR) or cs:Z, from either end.
class HitAlignment {
 public:
  enum class Notation : uint8_t { cigar, difference };
  HitAlignment() = default;
  HitAlignment(Notation notation, std::span<const uint8_t> text) : notation_(notation), text_(text) {}

  Notation notation() const { return notation_; }
  std::span<const uint8_t> text() const { return text_; }
  bool isEmpty() const { return text_.empty(); }

  /// What the whole comes to. False when the text cannot be an alignment.
  struct Sums {
    uint64_t query = 0;
    uint64_t target = 0;
    uint64_t unknown = 0;
  };
  bool sums(Sums& out) const;

  /// The steps along the target, or from its end. The text is one that sums() has read.
  class Steps {
   public:
    Steps(const HitAlignment& alignment, bool isBackward)
        : notation_(alignment.notation_), rest_(alignment.text_), isBackward_(isBackward) {}
    /// False at the end.
    bool next(HitStep& step);
    /// Whether next() met something that is no step.
    bool damaged() const { return isDamaged_; }

   private:
    std::span<const uint8_t> takeToken();

    Notation notation_;
    std::span<const uint8_t> rest_;
    bool isBackward_;
    bool isDamaged_ = false;
  };

 private:
  Notation notation_ = Notation::cigar;
  std::span<const uint8_t> text_;
};

}  // namespace mm
