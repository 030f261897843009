#include "assignment.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>

#include "../core/varint.h"

namespace mm {

namespace {

constexpr std::array<uint8_t, 256> complements(uint8_t ofA) {
  std::array<uint8_t, 256> table{};
  for (size_t byte = 0; byte < table.size(); ++byte) table[byte] = static_cast<uint8_t>(byte);
  constexpr char kPairs[] = "CGGCTAUARYYRKMMKBVVBDHHD";
  for (size_t at = 0; at + 1 < sizeof kPairs; at += 2) {
    table[static_cast<uint8_t>(kPairs[at])] = static_cast<uint8_t>(kPairs[at + 1]);
  }
  table['A'] = ofA;
  return table;
}

constexpr std::array<uint8_t, 256> kComplementsWithT = complements('T');
constexpr std::array<uint8_t, 256> kComplementsWithU = complements('U');

constexpr uint64_t kReverseFlag = 1;
constexpr uint64_t kWiderFlag = 2;
constexpr unsigned kFlagBits = 2;

bool putVarints(std::initializer_list<uint64_t> values, std::span<uint8_t> out, size_t& used) {
  for (const uint64_t value : values) {
    const size_t written = encodeVarint(value, out.subspan(used));
    if (written == 0) return false;
    used += written;
  }
  return true;
}

bool putSpan(const AlignedSpan& span, std::span<uint8_t> out, size_t& used) {
  return putVarints({span.memberStart, span.memberEnd - span.memberStart, span.representativeStart,
                     span.representativeEnd - span.representativeStart},
                    out, used);
}

template <size_t count>
bool takeVarints(std::span<const uint8_t> payload, size_t& used, std::array<uint64_t, count>& out) {
  for (uint64_t& value : out) {
    const size_t read = decodeVarint(payload.subspan(used), value);
    if (read == 0) return false;
    used += read;
  }
  return true;
}

bool takeSpan(std::span<const uint8_t> payload, size_t& used, uint64_t memberLength, AlignedSpan& out) {
  std::array<uint64_t, 4> fields;
  if (!takeVarints(payload, used, fields)) return false;
  const auto [start, length, representativeStart, representativeLength] = fields;
  if (start > memberLength || length > memberLength - start) return false;
  out = {start, start + length, representativeStart, representativeStart + representativeLength};
  return out.representativeEnd >= representativeStart;
}

}  // namespace

size_t writeAssignmentHeader(const Assignment& assignment, std::span<uint8_t> out) {
  size_t used = 0;
  const uint64_t flags = (assignment.isReverse ? kReverseFlag : 0) | (assignment.wider ? kWiderFlag : 0);
  const AlignedSpan span{assignment.memberStart, assignment.memberEnd, assignment.representativeStart,
                         assignment.representativeEnd};
  const uint64_t errors = assignment.columns - assignment.matches;
  if (!putVarints({assignment.representative << kFlagBits | flags, assignment.memberLength}, out, used)) return 0;
  if (!putSpan(span, out, used) || (assignment.wider && !putSpan(*assignment.wider, out, used))) return 0;
  return putVarints({assignment.matches, errors, assignment.operations.size()}, out, used) ? used : 0;
}

size_t readAssignmentHeader(std::span<const uint8_t> payload, Assignment& out, uint64_t& operationBytes) {
  size_t used = 0;
  std::array<uint64_t, 2> who;
  std::array<uint64_t, 3> counts;
  AlignedSpan span;
  AlignedSpan wider;
  if (!takeVarints(payload, used, who)) return 0;
  const auto [numberAndFlags, length] = who;
  const bool isWider = (numberAndFlags & kWiderFlag) != 0;
  if (!takeSpan(payload, used, length, span) || (isWider && !takeSpan(payload, used, length, wider))) return 0;
  if (isWider && (wider.memberStart > span.memberStart || wider.memberEnd < span.memberEnd)) return 0;
  if (!takeVarints(payload, used, counts)) return 0;
  const auto [matches, errors, operations] = counts;
  if (matches > span.memberEnd - span.memberStart || matches + errors < matches) return 0;
  if (matches > span.representativeEnd - span.representativeStart) return 0;
  out = {.representative = numberAndFlags >> kFlagBits,
         .isReverse = (numberAndFlags & kReverseFlag) != 0,
         .memberLength = length,
         .memberStart = span.memberStart,
         .memberEnd = span.memberEnd,
         .representativeStart = span.representativeStart,
         .representativeEnd = span.representativeEnd,
         .matches = matches,
         .columns = matches + errors,
         .wider = isWider ? std::optional(wider) : std::nullopt,
         .operations = {},
         .head = {},
         .tail = {}};
  operationBytes = operations;
  return used;
}

bool readAssignment(std::span<const uint8_t> payload, Assignment& out) {
  uint64_t operationBytes = 0;
  const size_t used = readAssignmentHeader(payload, out, operationBytes);
  if (used == 0) return false;
  const std::span<const uint8_t> rest = payload.subspan(used);
  const uint64_t headBytes = out.aligned().memberStart;
  const uint64_t tailBytes = out.memberLength - out.aligned().memberEnd;
  if (operationBytes > rest.size() || headBytes > rest.size() - operationBytes) return false;
  if (tailBytes != rest.size() - operationBytes - headBytes) return false;
  out.operations = rest.first(operationBytes);
  out.head = rest.subspan(operationBytes, headBytes);
  out.tail = rest.last(tailBytes);
  return true;
}

bool OperationReader::next(Operation& step) {
  step = {};
  if (ended_ || damaged_ || bytes_.empty()) return false;
  damaged_ = true;
  size_t read = decodeVarint(bytes_, step.copy);
  if (read == 0 || read == bytes_.size()) return false;
  const uint8_t edit = bytes_[read];
  if (edit > static_cast<uint8_t>(Edit::erase)) return false;
  step.edit = static_cast<Edit>(edit);
  bytes_ = bytes_.subspan(read + 1);
  if (step.edit == Edit::end) {
    ended_ = true;
    damaged_ = !bytes_.empty();
    return false;
  }
  read = decodeVarint(bytes_, step.length);
  if (read == 0 || step.length == 0) return false;
  bytes_ = bytes_.subspan(read);
  if (step.edit != Edit::erase) {
    if (step.length > bytes_.size()) return false;
    step.residues = bytes_.first(step.length);
    bytes_ = bytes_.subspan(step.length);
  }
  // Whatever comes now, the last step has to be there.
  damaged_ = bytes_.empty();
  return !damaged_;
}

bool OperationWriter::add(const Operation& step) {
  std::array<uint8_t, 21> start;
  size_t used = encodeVarint(step.copy, start);
  start[used++] = static_cast<uint8_t>(step.edit);
  if (step.edit != Edit::end) used += encodeVarint(step.length, std::span(start).subspan(used));
  if (out_.size() - used_ < used || out_.size() - used_ - used < step.residues.size()) return false;
  std::copy_n(start.begin(), used, out_.begin() + static_cast<ptrdiff_t>(used_));
  used_ += used;
  std::copy(step.residues.begin(), step.residues.end(), out_.begin() + static_cast<ptrdiff_t>(used_));
  used_ += step.residues.size();
  return true;
}

bool isRibonucleic(std::span<const uint8_t> residues) {
  if (residues.empty() || std::memchr(residues.data(), 'U', residues.size()) == nullptr) return false;
  return std::memchr(residues.data(), 'T', residues.size()) == nullptr;
}

void reverseComplement(std::span<const uint8_t> in, std::span<uint8_t> out) {
  reverseComplement(in, isRibonucleic(in), out);
}

void reverseComplement(std::span<const uint8_t> in, bool withU, std::span<uint8_t> out) {
  const std::array<uint8_t, 256>& complement = withU ? kComplementsWithU : kComplementsWithT;
  for (size_t at = 0; at < in.size(); ++at) out[in.size() - 1 - at] = complement[in[at]];
}

}  // namespace mm
