#pragma once

#include <cstdint>

#include "known_messages.h"
#include "mapper.h"
#include "message_outline.h"
#include "message_reader.h"

namespace mm {

struct ReadSettings {
  size_t chunkBytes = 0;
  XmlLimits xml;
  MapLimits map;
};

/// How far all messages of a parser are.
struct ParseProgress {
  Progress job;
  std::atomic<uint64_t> inputs{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> releases{0};
  std::atomic<uint64_t> elements{0};
};

/// How a message was read.
struct ReadMessage {
  ParseFailure failure;
  const KnownVersion* version = nullptr;
  uint64_t bytes = 0;
  uint64_t elements = 0;
  uint32_t maxDepth = 0;
  uint64_t parties = 0;
  /// By so much less was kept of composites that others refer to.
  uint64_t internedBytes = 0;
};

/// Of the message itself, whose composites are inside of the root.
MapLimits messageLimits(const MapLimits& limits);

/// Begins to map what a message says of itself, whose root's start tag is passed. False with a failure when it is of no known kind.
bool beginMessage(const KnownMessages& known, ParseMode mode, MessageReader& reader, MessageOutline& outline, const MapLimits& limits, Grant mapperMemory,
                  Mapper& mapper, std::span<uint32_t> words, std::span<uint8_t> bytes, ReadMessage& message);

}  // namespace mm
