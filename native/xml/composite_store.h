#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "composite_index.h"
#include "index_pass.h"
#include "mapper.h"
#include "message_reader.h"
#include "record_cache.h"

namespace mm {

/// A composite as it was mapped.
struct StoredComposite {
  const MessageComposite* composite = nullptr;
  Captures captures;
};

/// Gives the composites of a message by their references: they are read where they lie, mapped, and kept as long as there is room.
class CompositeStore {
 public:
  static size_t memoryBytes(size_t chunkBytes, const XmlLimits& xml, const MapLimits& limits);
  bool start(Grant& memory, size_t chunkBytes, const XmlLimits& xml, const MapLimits& limits, const std::atomic<bool>& cancelled);

  /// What is needed to read a message that was indexed. All of it outlives the store's use of it.
  struct Message {
    int fd = -1;
    /// All its bytes, where they are in memory.
    std::span<const uint8_t> whole;
    const MessageTable* table = nullptr;
    const MessageContents* contents = nullptr;
    /// More than this is of no use for keeping its composites.
    uint64_t usefulBytes = 0;
  };
  /// With which the largest composites are read.
  static uint64_t fewestBytes(const Message& message);
  /// False when the memory is less.
  bool open(const Message& message, Grant memory);

  /// By so much the composites of the message were shorter, because equal values are kept once.
  uint64_t internedBytes() const { return mapper_.internedBytes(); }

  /// The composite at a place that the index gave; valid until the next of its role is asked for.
  Outcome at(const CompositeIndex::Found& place, const StoredComposite*& found);

 private:
  static constexpr size_t kKept = 4;
  /// In front of a record's captures.
  struct Head {
    uint64_t words;
    uint64_t bytes;
  };

  /// What the largest composites need.
  struct Sizes {
    uint64_t words = 0;
    uint64_t bytes = 0;
    std::array<uint64_t, kKept> cache{};
    uint64_t caches = 0;
  };
  static Sizes sizesOf(const Message& message);

  Outcome map(const MessageComposite& composite, TextPosition place, Captures& captures);

  Message message_;
  MapLimits limits_;
  MessageReader reader_;
  Grant mapperMemory_;
  Mapper mapper_;
  std::span<uint32_t> words_;
  std::span<uint8_t> bytes_;
  /// By role: parties, resources, releases, deals.
  std::array<RecordCache, kKept> caches_;
  std::array<StoredComposite, kKept> found_;
};

}  // namespace mm
