#include "composite_store.h"

#include <cerrno>
#include <cstring>

namespace mm {

namespace {

size_t numberOf(CompositeRole role) {
  return static_cast<size_t>(role);
}

/// It was there when the message was indexed.
Outcome hasChanged() {
  return Outcome::failed({ESTALE, "pread"});
}

}  // namespace

size_t CompositeStore::memoryBytes(size_t chunkBytes, const XmlLimits& xml, const MapLimits& limits) {
  return MessageReader::memoryBytes(chunkBytes, xml) + Mapper::memoryBytes(limits);
}

bool CompositeStore::start(Grant& memory, size_t chunkBytes, const XmlLimits& xml, const MapLimits& limits,
                           const std::atomic<bool>& cancelled) {
  limits_ = limits;
  if (!reader_.start(memory, chunkBytes, xml, cancelled)) return false;
  const size_t mapperBytes = Mapper::memoryBytes(limits);
  mapperMemory_ = memory.split(mapperBytes);
  return mapperMemory_.freeBytes() == mapperBytes;
}

Outcome CompositeStore::open(const Message& message, Grant memory) {
  message_ = message;
  Grant mapperMemory = mapperMemory_;
  if (!mapper_.start(message.table->fields, limits_, mapperMemory)) return Outcome::lacksMemory(Mapper::memoryBytes(limits_));

  uint64_t mostWords = 0;
  uint64_t mostBytes = 0;
  std::array<uint64_t, kKept> fewest{};
  uint64_t fewestTogether = 0;
  for (const CompositeRole role : {CompositeRole::party, CompositeRole::resource, CompositeRole::deal}) {
    const CompositeSize& size = message.contents->largest[numberOf(role)];
    if (size.elements == 0) continue;
    const uint64_t all = message.table->fields.mostCaptureBytes(size.elements, size.attributes, size.bytes);
    const uint64_t words = message.table->fields.mostCaptureBytes(size.elements, size.attributes, 0);
    mostWords = std::max(mostWords, words / sizeof(uint32_t));
    mostBytes = std::max(mostBytes, all - words);
    fewest[numberOf(role)] = RecordCache::fewestBytes(sizeof(Head) + all);
    fewestTogether += fewest[numberOf(role)] + alignof(Head);
  }
  const uint64_t needed = mostWords * sizeof(uint32_t) + mostBytes + fewestTogether + alignof(Head);
  if (needed > memory.freeBytes()) return Outcome::lacksMemory(needed - memory.freeBytes());
  words_ = memory.take<uint32_t>(mostWords);
  bytes_ = memory.take<uint8_t>(mostBytes);

  // Resources are the most, and met again soonest: a track's recording by its album and by its own release.
  const uint64_t spare = memory.freeBytes() - fewestTogether;
  const std::array<uint64_t, kKept> more{spare / 4, spare / 2, 0, spare / 4};
  for (size_t role = 0; role < kKept; ++role) {
    if (fewest[role] == 0) continue;
    if (!caches_[role].start(memory.take<uint8_t>(fewest[role] + more[role], alignof(Head)))) return Outcome::lacksMemory(fewest[role]);
  }
  return {};
}

Outcome CompositeStore::find(CompositeRole role, std::span<const uint8_t> reference, const StoredComposite*& found, bool& isRepeated) {
  isRepeated = false;
  Search search;
  if (const Outcome begun = findAll(role, reference, search); !begun.ok()) return begun;
  if (const Outcome read = next(role, search, found); !read.ok() || found == nullptr) return read;
  TextPosition place;
  return message_.index->next(search.places, place, isRepeated);
}

Outcome CompositeStore::findAll(CompositeRole role, std::span<const uint8_t> reference, Search& search) {
  search.lastOffset = 0;
  return message_.index->find(role, reference, search.places);
}

Outcome CompositeStore::next(CompositeRole role, Search& search, const StoredComposite*& found) {
  found = nullptr;
  for (;;) {
    TextPosition place;
    bool hasPlace = false;
    if (const Outcome read = message_.index->next(search.places, place, hasPlace); !read.ok()) return read;
    if (!hasPlace) return {};
    // Who says twice that a deal is for a release says it once.
    if (place.offset == search.lastOffset) continue;
    search.lastOffset = place.offset;
    return load(role, place, found);
  }
}

Outcome CompositeStore::load(CompositeRole role, TextPosition place, const StoredComposite*& found) {
  RecordCache& cache = caches_[numberOf(role)];
  StoredComposite& stored = found_[numberOf(role)];
  std::span<const uint8_t> record = cache.find(place.offset);
  if (record.empty()) {
    StoredComposite mapped;
    if (const Outcome read = map(role, place, mapped); !read.ok()) return read;
    const Captures& captures = mapped.captures;
    const std::span<uint8_t> room = cache.room(place.offset, sizeof(Head) + captures.byteLength());
    if (room.empty()) return hasChanged();
    const Head head{mapped.composite, place, captures.words.size(), captures.bytes.size()};
    std::memcpy(room.data(), &head, sizeof head);
    std::memcpy(room.data() + sizeof head, captures.words.data(), captures.words.size_bytes());
    if (!captures.bytes.empty()) std::memcpy(room.data() + sizeof head + captures.words.size_bytes(), captures.bytes.data(), captures.bytes.size());
    record = room;
  }
  const Head& head = *reinterpret_cast<const Head*>(record.data());
  const auto* words = reinterpret_cast<const uint32_t*>(record.data() + sizeof(Head));
  const uint8_t* bytes = record.data() + sizeof(Head) + head.words * sizeof(uint32_t);
  stored = {head.composite, {{words, static_cast<size_t>(head.words)}, {bytes, static_cast<size_t>(head.bytes)}, head.position}};
  found = &stored;
  return {};
}

const MessageComposite* CompositeStore::compositeAt(CompositeRole role, std::span<const uint8_t> element) const {
  for (const MessageComposite& each : message_.table->composites) {
    if (each.role == role && std::ranges::equal(each.element, element)) return &each;
  }
  return nullptr;
}

Outcome CompositeStore::map(CompositeRole role, TextPosition place, StoredComposite& mapped) {
  if (message_.whole.empty()) {
    reader_.openElement(message_.fd, place);
  } else {
    reader_.openElement(message_.whole, place);
  }
  mapped.composite = nullptr;
  for (;;) {
    if (const Outcome read = reader_.next(); !read.ok()) return read.kind == Outcome::Kind::malformed ? hasChanged() : read;
    const Tape& tape = reader_.tape();
    if (tape.count == 0) return hasChanged();
    if (mapped.composite == nullptr) {
      mapped.composite = compositeAt(role, localName(reader_.window().subspan(tape.offsets[0], tape.lengths[0])));
      if (mapped.composite == nullptr) return hasChanged();
      mapper_.begin(*mapped.composite->root, place, words_, bytes_);
    }
    mapper_.take(reader_.window(), tape, 0, tape.count);
    if (mapper_.state() == MapState::open) continue;
    mapped.captures = mapper_.captures();
    return mapper_.state() == MapState::complete ? Outcome{} : hasChanged();
  }
}

}  // namespace mm
