#pragma once

// Assignments as tests make and check them: whole payloads in memory, operations done by the plainest of means.

#include <algorithm>
#include <array>
#include <cstring>

#include "../sequence/assignment.h"

namespace mm_test {

inline size_t assignmentBytes(const mm::Assignment& assignment) {
  std::array<uint8_t, mm::kMostHeaderBytes> header;
  return mm::writeAssignmentHeader(assignment, header) + assignment.operations.size() + assignment.head.size() +
         assignment.tail.size();
}

/// A payload of the assignment sorter. @returns bytes written, 0 when `out` is too small
inline size_t writeAssignment(const mm::Assignment& assignment, std::span<uint8_t> out) {
  size_t used = mm::writeAssignmentHeader(assignment, out);
  if (used == 0) return 0;
  for (const auto& part : {assignment.operations, assignment.head, assignment.tail}) {
    if (out.size() - used < part.size()) return 0;
    std::copy(part.begin(), part.end(), out.begin() + static_cast<ptrdiff_t>(used));
    used += part.size();
  }
  return used;
}

/// The member's residues from the representative's span (already reverse-complemented where isReverse). False when they
/// do not fit `out` exactly.
inline bool applyOperations(std::span<const uint8_t> representativeSpan, std::span<const uint8_t> operations,
                            std::span<uint8_t> out) {
  size_t from = 0;
  size_t to = 0;
  const auto copies = [&](uint64_t count) {
    if (count > representativeSpan.size() - from || count > out.size() - to) return false;
    if (count != 0) std::memcpy(out.data() + to, representativeSpan.data() + from, count);
    from += count;
    to += count;
    return true;
  };
  if (operations.empty()) return copies(representativeSpan.size()) && to == out.size();
  mm::OperationReader reader(operations);
  mm::Operation step;
  while (reader.next(step)) {
    if (!copies(step.copy)) return false;
    if (step.edit != mm::Edit::insert) {
      if (step.length > representativeSpan.size() - from) return false;
      from += step.length;
    }
    if (step.edit != mm::Edit::erase) {
      if (step.length > out.size() - to) return false;
      std::memcpy(out.data() + to, step.residues.data(), step.length);
      to += step.length;
    }
  }
  return !reader.damaged() && copies(step.copy) && from == representativeSpan.size() && to == out.size();
}

}  // namespace mm_test
