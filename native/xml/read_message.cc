#include "read_message.h"

namespace mm {

MapLimits messageLimits(const MapLimits& limits) {
  MapLimits own = limits;
  ++own.depth;
  return own;
}

bool beginMessage(const KnownMessages& known, ParseMode mode, MessageReader& reader, MessageOutline& outline, const MapLimits& limits, Grant mapperMemory,
                  Mapper& mapper, std::span<uint32_t> words, std::span<uint8_t> bytes, ReadMessage& message) {
  const RootTag& root = outline.root();
  message.version = known.find(root, reader.scanner().rootNamespace(), mode, message.failure);
  if (message.version == nullptr) return false;
  const MessageTable& table = *message.version->table;
  outline.read(table);
  if (!mapper.start(table.fields, messageLimits(limits), mapperMemory)) return false;
  mapper.begin(*table.message, root.position(), words, bytes);
  mapper.take(root.window(), root.tape(), 0, root.tape().count);
  return true;
}

}  // namespace mm
