#pragma once

#include "composite_index.h"
#include "composite_store.h"
#include "index_pass.h"
#include "read_message.h"
#include "record_pass.h"
#include "record_writer.h"

namespace mm {

/// Reads messages in two looks: the first finds its composites and whether it is well-formed, the second writes a record for each release with all that
/// it refers to.
class JoinedPass {
 public:
  static size_t fewestBytes(const ReadSettings& settings);
  /// Takes all of the memory, which is too small where this is false.
  bool start(Grant memory, const ReadSettings& settings, const KnownMessages& known, CompositeIndex& index, ParseProgress& progress);

  /// A regular file. What is refused leaves nothing in `output`, nor does a lack of memory.
  Outcome read(int fd, std::span<const uint8_t> name, RecordWriter& writer, RecordOutput& output, ReadMessage& message);

 private:
  /// What tells whether a file is the same as before.
  struct FileState {
    uint64_t byteLength = 0;
    int64_t seconds = 0;
    int64_t nanoseconds = 0;
    friend bool operator==(const FileState&, const FileState&) = default;
  };
  static Outcome stateOf(int fd, FileState& state);

  Outcome look(ReadMessage& message);
  Outcome stopped(ReadMessage& message);
  Outcome lacks(uint64_t bytes) const;
  Outcome writeRecords(int fd, RecordWriter& writer, RecordSource& source, RecordOutput& output, ReadMessage& message);
  Outcome secondLook(RecordWriter& writer, RecordPass& pass, ReadMessage& message);
  void progressed(uint64_t bytes);

  ReadSettings settings_;
  MapLimits secondLimits_;
  const KnownMessages* known_ = nullptr;
  CompositeIndex* index_ = nullptr;
  ParseProgress* progress_ = nullptr;
  MessageReader reader_;
  MessageOutline outline_;
  IndexPass indexPass_;
  Mapper messageMapper_;
  Grant messageMapperMemory_;
  Mapper mapper_;
  Grant mapperMemory_;
  CompositeStore store_;
  /// What the message says of itself.
  std::span<uint32_t> messageWords_;
  std::span<uint8_t> messageBytes_;
  /// First the index's, then of what it leaves.
  std::span<uint8_t> work_;
  uint64_t fileBytes_ = 0;
  /// Of this message in progress_.
  uint64_t toldBytes_ = 0;
};

}  // namespace mm
