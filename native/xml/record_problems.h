#pragma once

#include <cstdint>
#include <span>

#include "../core/job.h"
#include "text_position.h"
#include "value_writer.h"

namespace mm {

/// What may be lost or odd in a record. src/ddex/problem-codes.ts has the same, in this order.
enum class RecordProblem : uint8_t { missingReference, duplicateReference, sequenceOrder, invalidFlag, invalidInteger, invalidDuration, more };

/// The problems of one record.
class RecordProblems {
 public:
  static size_t memoryBytes();
  bool start(Grant& memory);

  /// position: of the record itself.
  void begin(TextPosition position);
  /// value: what the message has; its start is quoted.
  void add(RecordProblem problem, std::span<const uint8_t> value, TextPosition position);
  /// As a list.
  void write(ValueWriter& out) const;
  uint64_t count() const { return count_; }

 private:
  /// A record lists no more.
  static constexpr size_t kMostListed = 100;
  /// Characters of a value.
  static constexpr size_t kMostQuoted = 64;
  static constexpr size_t kMostQuotedBytes = 4 * kMostQuoted + 3;
  struct Listed {
    RecordProblem problem;
    uint16_t valueBytes;
    uint8_t value[kMostQuotedBytes];
    uint64_t line;
    uint64_t column;
  };
  static void writeOne(ValueWriter& out, RecordProblem problem, std::span<const uint8_t> value, uint64_t line, uint64_t column);

  std::span<Listed> listed_;
  uint64_t count_ = 0;
  TextPosition position_;
};

}  // namespace mm
