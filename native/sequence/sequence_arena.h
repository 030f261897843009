#pragma once

#include <cstdint>
#include <span>

#include "round_room.h"

namespace mm {

/// Where a sequence lies in a SequenceArena.
struct ArenaRef {
  uint32_t chunk = 0;
  uint32_t offset = 0;
  uint64_t length = 0;
};

/// Bytes of sequences, one behind the other in chunks that are taken from the end of a room as they are needed. What
/// does not fit the rest of a chunk opens the next one; what is longer than a chunk gets one of its own.
class SequenceArena {
 public:
  static constexpr size_t kChunkBytes = size_t{1} << 18;

  SequenceArena() = default;
  /// chunks: room for chunkCount(room.freeBytes()) of them.
  SequenceArena(std::span<uint8_t*> chunks, RoundRoom& room) : chunks_(chunks), room_(&room) {}
  static size_t chunkCount(size_t roomBytes) { return roomBytes / kChunkBytes + 2; }

  /// Bytes of room that adding so many takes: 0 when the open chunk holds them.
  size_t bytesFor(size_t length) const;
  /// False when the room is full.
  bool add(std::span<const uint8_t> bytes, ArenaRef& ref);
  std::span<const uint8_t> at(const ArenaRef& ref) const { return {chunks_[ref.chunk] + ref.offset, ref.length}; }
  void clear();

 private:
  std::span<uint8_t*> chunks_;
  RoundRoom* room_ = nullptr;
  uint32_t count_ = 0;
  /// Of the chunk that is open: the youngest of kChunkBytes.
  uint32_t open_ = 0;
  size_t used_ = kChunkBytes;
};

}  // namespace mm
