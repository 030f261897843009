#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "record.h"

namespace mm {

/// Longer nucleotide sequences are read as circles: a genome may begin anywhere on it.
constexpr uint64_t kLongestLine = uint64_t{1} << 16;
constexpr bool isReadAsCircle(Alphabet alphabet, uint64_t length) {
  return alphabet == Alphabet::nucleotide && length > kLongestLine;
}

/// Which residues of a member are made of which of its representative.
struct AlignedSpan {
  uint64_t memberStart = 0;
  uint64_t memberEnd = 0;
  uint64_t representativeStart = 0;
  uint64_t representativeEnd = 0;
};

/// How a member is made of its representative. Positions are residues. Spans are half open; the representative's is on
/// its forward strand. On a circle it may go on at the beginning: it starts within the length and ends at most one turn
/// later, behind the length where it does. identity = matches / columns, both counted between the first and the last
/// aligned pair.
struct Assignment {
  RecordNumber representative = 0;
  bool isReverse = false;
  uint64_t memberLength = 0;
  uint64_t memberStart = 0;
  uint64_t memberEnd = 0;
  uint64_t representativeStart = 0;
  uint64_t representativeEnd = 0;
  uint64_t matches = 0;
  uint64_t columns = 0;
  /// What was aligned where that is more than the span, which ends where the identity does.
  std::optional<AlignedSpan> wider;
  /// Operations on what was aligned, see OperationReader. Empty = those residues of the representative as they are.
  std::span<const uint8_t> operations;
  /// Residues of the member before and behind what was aligned.
  std::span<const uint8_t> head;
  std::span<const uint8_t> tail;

  AlignedSpan aligned() const {
    return wider.value_or(AlignedSpan{memberStart, memberEnd, representativeStart, representativeEnd});
  }
};

/// The assignment sorter's records: key {member's number, 0}, payload this header, then the operations, head and tail. A
/// record that is not in the sorter is a representative. What is too long to be held is written and read in pieces.
constexpr size_t kMostHeaderBytes = 140;
/// @returns bytes written, 0 when `out` is too small
size_t writeAssignmentHeader(const Assignment& assignment, std::span<uint8_t> out);
/// All but the spans of `out`. @returns bytes of the header, 0 when it cannot be one
size_t readAssignmentHeader(std::span<const uint8_t> payload, Assignment& out, uint64_t& operationBytes);
/// False when the bytes cannot be one. The spans of `out` lie in `payload`.
bool readAssignment(std::span<const uint8_t> payload, Assignment& out);

/// From the representative's span (its reverse complement when isReverse) to the member's: copied runs and what lies
/// between them.
enum class Edit : uint8_t { end = 0, substitute = 1, insert = 2, erase = 3 };

/// One step: `copy` residues as they are, then the edit of `length` residues; `residues` are canonical, empty for erase
/// and end.
struct Operation {
  uint64_t copy = 0;
  Edit edit = Edit::end;
  uint64_t length = 0;
  std::span<const uint8_t> residues;
};

/// Encoding of a step: varint copy · byte edit · varint length · residues. The last step is `end` (with neither length
/// nor residues).
class OperationReader {
 public:
  explicit OperationReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  /// False at the end (step.edit is end, step.copy is the last run) or when the bytes are damaged (see damaged()).
  bool next(Operation& step);
  bool damaged() const { return damaged_; }

 private:
  std::span<const uint8_t> bytes_;
  bool damaged_ = false;
  bool ended_ = false;
};

class OperationWriter {
 public:
  explicit OperationWriter(std::span<uint8_t> out) : out_(out) {}
  /// Neighbouring edits of one kind with no copy between are joined by the caller.
  bool add(const Operation& step);
  std::span<const uint8_t> written() const { return out_.first(used_); }

 private:
  std::span<uint8_t> out_;
  size_t used_ = 0;
};

/// A C G T (or U when the sequence has U and no T) and the IUPAC codes; other bytes stay. `out` is not `in`.
void reverseComplement(std::span<const uint8_t> in, std::span<uint8_t> out);
/// The same in pieces of a span for which isRibonucleic() was asked.
void reverseComplement(std::span<const uint8_t> in, bool withU, std::span<uint8_t> out);
bool isRibonucleic(std::span<const uint8_t> residues);

}  // namespace mm
