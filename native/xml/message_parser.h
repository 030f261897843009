#pragma once

#include <span>
#include <string_view>

#include "joined_pass.h"
#include "streamed_pass.h"

namespace mm {

struct ParseInput {
  std::span<const uint8_t> name;
  int fd = -1;
  /// -1: where the last one's goes on.
  int outputFd = -1;
};

struct ParseRequest {
  std::span<const ParseInput> inputs;
  ParseMode mode = ParseMode::joined;
  ParseFormat format = ParseFormat::ndjson;
  /// Of CSV, else null.
  const ColumnTable* columns = nullptr;
  ParseFrame frame = ParseFrame::whole;
  size_t bufferBytes = 0;
  /// How full the buffer is when it is written.
  size_t flushBytes = 0;
  ReadSettings read;
};

/// How one message ended.
struct ParseOutcome {
  ReadMessage message;
  RecordCounts counts;
  /// Not read to its end for another reason than what is in it.
  Outcome stop;
  uint64_t outputBytes = 0;
};

/// The least memory with which messages of usual size are read.
size_t fewestParseBytes(const ParseRequest& request);

/// Reads messages one after the other, up to the first that is refused or stopped, whose outcome is the last. What fails of an output is the outcome of all.
Outcome parseMessages(const ParseRequest& request, const KnownMessages& known, CompositeIndex& index, Grant memory, ParseProgress& progress,
                      std::span<ParseOutcome> outcomes, size_t& count);

}  // namespace mm
