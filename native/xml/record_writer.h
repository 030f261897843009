#pragma once

#include <cstdint>
#include <span>

#include "capture_writer.h"
#include "composite_store.h"
#include "known_messages.h"
#include "record_frame.h"
#include "record_problems.h"
#include "release_mentions.h"
#include "text_out.h"

namespace mm {

/// What was written of a message.
struct RecordCounts {
  uint64_t releases = 0;
  uint64_t tracks = 0;
  uint64_t deals = 0;
  uint64_t problems = 0;
};

/// The message that records are of. What it points to outlives the records.
struct RecordSource {
  std::span<const uint8_t> file;
  const KnownVersion* version = nullptr;
  std::span<const uint8_t> root;
  const MessageTable* table = nullptr;
  /// What the message says of itself.
  Captures message;
  /// Null in records mode: nothing is joined.
  CompositeIndex* index = nullptr;
  CompositeStore* store = nullptr;
};

/// Where records go.
struct RecordOutput {
  TextOut* out = nullptr;
  RecordFrame frame;
  /// Of CSV.
  const ColumnTable* columns = nullptr;
};

/// Writes the records of a message, joined with what they refer to.
class RecordWriter final : public RecordJoins {
 public:
  struct Sizes {
    /// Of a release, at most.
    uint64_t elements = 0;
    /// For the cells of a row of CSV.
    size_t cellBytes = CsvRows::kFewestBytes;
  };
  static size_t memoryBytes(const Sizes& sizes, const RecordOutput& output);
  Outcome begin(const RecordSource& source, const Sizes& sizes, Grant memory, RecordOutput& output);
  Outcome writeMessage();
  Outcome write(const MessageComposite& composite, const Captures& captures);
  const RecordCounts& counts() const { return counts_; }

  void writeJoined(const TableField& field, CapturedObject owner, CaptureWriter& writer) override;
  void addOddValue(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) override;

 private:
  Outcome writeJson(const Captures& captures);
  Outcome writeCsv(const Captures& captures);
  void writeObject(const Captures& captures, ValueWriter& out);
  void resolve(CapturedObject release);
  Outcome find(CompositeRole role, std::span<const uint8_t> reference, TextPosition reportedAt, bool isReported, CompositeIndex::Found& found,
               bool& isFound);
  const StoredComposite* load(const CompositeIndex::Found& place);
  void writeResources(ResourceList into, CapturedObject release, CaptureWriter& writer);
  void writeDiscCount(CapturedObject release, CaptureWriter& writer);
  void writeDeals(CapturedObject release, CaptureWriter& writer);
  void writeParty(const TableField& field, CapturedObject owner, bool isName, CaptureWriter& writer);
  void writeItemField(std::string_view key, const TableField* otherwise, CapturedObject owner, CaptureWriter& writer);
  bool fail(const Outcome& outcome);

  RecordSource source_;
  RecordOutput* output_ = nullptr;
  CsvRows rows_;
  RecordCounts counts_;
  RecordProblems problems_;
  ReleaseMentions mentions_;
  /// Of the release in hand, once something of it is written that its resources are needed for.
  bool isResolved_ = false;
  CapturedObject release_;
  const Mention* mention_ = nullptr;
  Outcome outcome_;
};

}  // namespace mm
