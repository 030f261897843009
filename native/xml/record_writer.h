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
};

/// Writes the records of a message, joined with what they refer to.
class RecordWriter final : public RecordJoins {
 public:
  /// For releases of so many elements at most.
  static size_t memoryBytes(uint64_t elements);
  Outcome begin(const RecordSource& source, uint64_t elements, Grant memory, RecordOutput& output);
  Outcome writeMessage() { return write(source_.message); }
  Outcome write(const Captures& captures);
  const RecordCounts& counts() const { return counts_; }

  void writeJoined(const TableField& field, CapturedObject owner, CaptureWriter& writer) override;
  void addOddValue(const TableField& field, CapturedObject owner, std::span<const uint8_t> text) override;

 private:
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
