#pragma once

#include <cstdint>
#include <span>

#include "../core/external_sorter.h"
#include "../core/job.h"
#include "../core/linux/spill_file.h"
#include "sketch.h"

namespace mm {

/// A record on its way into a batch. Its payload is empty when it has the same residues as the one before it in the
/// file of a round.
struct RoundRecord {
  SortKey key;
  uint64_t payloadBytes = 0;
  /// Of its sketch, which a round leaves behind its payload where it is short enough.
  uint32_t sketchBytes = 0;
  uint8_t tried = 0;
};

/// Writes what a round leaves: records in rank order.
class RoundWriter {
 public:
  RoundWriter() = default;
  explicit RoundWriter(std::span<uint8_t> block) : block_(block) {}
  static constexpr size_t kBlockBytes = size_t{1} << 16;

  /// file: empty.
  void start(SpillFile& file);
  Outcome add(const RoundRecord& record, std::span<const uint8_t> payload, std::span<const SketchKmer> sketch);
  Outcome finish();
  uint64_t recordCount() const { return records_; }

 private:
  Outcome put(std::span<const uint8_t> bytes);

  std::span<uint8_t> block_;
  size_t filled_ = 0;
  SpillFile* file_ = nullptr;
  uint64_t records_ = 0;
};

/// The records of a round, the first time from the sorter and then from the file of the round before. Payloads are read
/// in any pieces.
class RoundReader {
 public:
  RoundReader() = default;
  explicit RoundReader(std::span<uint8_t> block) : block_(block) {}

  void startWith(ExternalSorter& sorter);
  void startWith(SpillFile& file);
  /// The next record, until advance() is called. `hasRecord` is false at the end.
  Outcome peek(RoundRecord& record, bool& hasRecord);
  void advance();
  /// Bytes [from, from + bytes.size()) of the payload of the record that peek() gave, and of the sketch behind it.
  Outcome read(uint64_t from, std::span<uint8_t> bytes);

 private:
  Outcome readFile(uint64_t position, std::span<uint8_t> bytes);

  std::span<uint8_t> block_;
  ExternalSorter* sorter_ = nullptr;
  SpillFile* file_ = nullptr;
  bool isPeeked_ = false;
  RoundRecord record_;
  SortedRecord sorted_;
  /// Of the payload of the record, in the file; what of the file is in the block.
  uint64_t position_ = 0;
  uint64_t blockStart_ = 0;
  uint64_t blockEnd_ = 0;
};

}  // namespace mm
