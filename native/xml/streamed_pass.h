#pragma once

#include "read_message.h"
#include "record_pass.h"
#include "record_writer.h"

namespace mm {

/// Reads messages in one look, from anything that can be read: a record for each composite as it stands, in the order of the message.
class StreamedPass {
 public:
  static size_t fewestBytes(const ReadSettings& settings);
  /// Takes all of the memory, which is too small where this is false.
  bool start(Grant memory, const ReadSettings& settings, const KnownMessages& known, ParseProgress& progress);

  /// What is refused has left the records in front of it in `output`.
  Outcome read(int fd, std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, ReadMessage& message);

 private:
  Outcome take(std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, RecordPass& pass, ReadMessage& message);
  Outcome begin(std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, const ReadMessage& message);

  ReadSettings settings_;
  const KnownMessages* known_ = nullptr;
  ParseProgress* progress_ = nullptr;
  MessageReader reader_;
  MessageOutline outline_;
  Mapper messageMapper_;
  Grant messageMapperMemory_;
  Mapper mapper_;
  Grant mapperMemory_;
  Grant writerMemory_;
  std::span<uint32_t> messageWords_, words_;
  std::span<uint8_t> messageBytes_, bytes_;
  bool hasBegun_ = false;
};

}  // namespace mm
