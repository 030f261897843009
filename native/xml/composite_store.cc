#include "composite_store.h"

#include <cerrno>
#include <cstring>

namespace mm {

namespace {

/// Most composites are shorter, whatever is read of a whole message at once.
constexpr size_t kMostChunkBytes = size_t{64} << 10;

size_t numberOf(CompositeRole role) {
  return static_cast<size_t>(role);
}

/// It was there when the message was indexed.
Outcome hasChanged() {
  return Outcome::failed({ESTALE, "pread"});
}

}  // namespace

size_t CompositeStore::memoryBytes(size_t chunkBytes, const XmlLimits& xml, const MapLimits& limits) {
  return MessageReader::memoryBytes(std::min(chunkBytes, kMostChunkBytes), xml) + Mapper::memoryBytes(limits);
}

bool CompositeStore::start(Grant& memory, size_t chunkBytes, const XmlLimits& xml, const MapLimits& limits,
                           const std::atomic<bool>& cancelled) {
  limits_ = limits;
  if (!reader_.start(memory, std::min(chunkBytes, kMostChunkBytes), xml, cancelled)) return false;
  const size_t mapperBytes = Mapper::memoryBytes(limits);
  mapperMemory_ = memory.split(mapperBytes);
  return mapperMemory_.freeBytes() == mapperBytes;
}

CompositeStore::Sizes CompositeStore::sizesOf(const Message& message) {
  Sizes sizes;
  for (const CompositeRole role : {CompositeRole::party, CompositeRole::resource, CompositeRole::deal}) {
    const CompositeSize& size = message.contents->largest[numberOf(role)];
    if (size.elements == 0) continue;
    const uint64_t all = message.table->fields.mostCaptureBytes(size.elements, size.attributes, size.bytes);
    const uint64_t words = message.table->fields.mostCaptureBytes(size.elements, size.attributes, 0);
    sizes.words = std::max(sizes.words, words / sizeof(uint32_t));
    sizes.bytes = std::max(sizes.bytes, all - words);
    sizes.cache[numberOf(role)] = RecordCache::fewestBytes(sizeof(Head) + all);
    sizes.caches += sizes.cache[numberOf(role)] + alignof(Head);
  }
  return sizes;
}

uint64_t CompositeStore::fewestBytes(const Message& message) {
  const Sizes sizes = sizesOf(message);
  return sizes.words * sizeof(uint32_t) + sizes.bytes + sizes.caches + alignof(Head);
}

bool CompositeStore::open(const Message& message, Grant memory) {
  message_ = message;
  Grant mapperMemory = mapperMemory_;
  const Sizes sizes = sizesOf(message);
  if (!mapper_.start(message.table->fields, limits_, mapperMemory) || fewestBytes(message) > memory.freeBytes()) return false;
  words_ = memory.take<uint32_t>(sizes.words);
  bytes_ = memory.take<uint8_t>(sizes.bytes);

  // Resources are the most, and met again soonest: a track's recording by its album and by its own release.
  const uint64_t spare = std::min<uint64_t>(memory.freeBytes() - sizes.caches, message.usefulBytes);
  const std::array<uint64_t, kKept> more{spare / 4, spare / 2, 0, spare / 4};
  for (size_t role = 0; role < kKept; ++role) {
    if (sizes.cache[role] == 0) continue;
    if (!caches_[role].start(memory.take<uint8_t>(sizes.cache[role] + more[role], alignof(Head)))) return false;
  }
  return true;
}

Outcome CompositeStore::at(const CompositeIndex::Found& place, const StoredComposite*& found) {
  // A record of what is kept may be longer than all messages together, and nothing is read for it.
  if (reader_.isCancelled()) return Outcome::wasCancelled();
  const MessageComposite& composite = message_.table->composites[place.composite];
  RecordCache& cache = caches_[numberOf(composite.role)];
  std::span<const uint8_t> record = cache.find(place.place.offset);
  if (record.empty()) {
    Captures captures;
    if (const Outcome read = map(composite, place.place, captures); !read.ok()) return read;
    const std::span<uint8_t> room = cache.room(place.place.offset, sizeof(Head) + captures.byteLength());
    if (room.empty()) return hasChanged();
    const Head head{captures.words.size(), captures.bytes.size()};
    std::memcpy(room.data(), &head, sizeof head);
    std::memcpy(room.data() + sizeof head, captures.words.data(), captures.words.size_bytes());
    if (!captures.bytes.empty()) std::memcpy(room.data() + sizeof head + captures.words.size_bytes(), captures.bytes.data(), captures.bytes.size());
    record = room;
  }
  const Head& head = *reinterpret_cast<const Head*>(record.data());
  const auto* words = reinterpret_cast<const uint32_t*>(record.data() + sizeof(Head));
  const uint8_t* bytes = record.data() + sizeof(Head) + head.words * sizeof(uint32_t);
  StoredComposite& stored = found_[numberOf(composite.role)];
  stored = {&composite, {{words, static_cast<size_t>(head.words)}, {bytes, static_cast<size_t>(head.bytes)}, place.place}};
  found = &stored;
  return {};
}

Outcome CompositeStore::map(const MessageComposite& composite, TextPosition place, Captures& captures) {
  if (message_.whole.empty()) {
    reader_.openElement(message_.fd, place);
  } else {
    reader_.openElement(message_.whole, place);
  }
  // The values of deals are the same few, again and again.
  mapper_.internValues(composite.role == CompositeRole::deal);
  mapper_.begin(*composite.root, place, words_, bytes_);
  do {
    if (const Outcome read = reader_.next(); !read.ok()) return read.kind == Outcome::Kind::malformed ? hasChanged() : read;
    const Tape& tape = reader_.tape();
    if (tape.count == 0) return hasChanged();
    mapper_.take(reader_.window(), tape, 0, tape.count);
  } while (mapper_.state() == MapState::open);
  captures = mapper_.captures();
  return mapper_.state() == MapState::complete ? Outcome{} : hasChanged();
}

}  // namespace mm
