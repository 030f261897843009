#include "external_sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sorted_run.h"

namespace mm {
namespace {

constexpr size_t kMostBlockBytes = size_t{1} << 20;
/// Of a run that is read while others need memory: a system call for so much costs little against what it copies.
constexpr size_t kReadBlockBytes = size_t{1} << 18;
/// Holes are punched in pieces of this size: one system call for many small blocks.
constexpr uint64_t kForgetBytes = uint64_t{1} << 20;
/// How many records ahead a payload is asked for when they are walked in the order of their keys.
constexpr size_t kPrefetchDistance = 8;

constexpr uint32_t kNobody = UINT32_MAX;

void describe(SortKey key, const uint8_t* payload, uint32_t lengthField, SortedRecord& record) {
  record = {key, {}, 0, payloadBytes(lengthField), (lengthField & kOnDisk) != 0};
  if (record.isOnDisk) {
    const DiskRange range = load<DiskRange>(payload);
    record.position = range.position;
    record.byteLength = range.byteLength;
  } else {
    record.payload = {payload, payloadBytes(lengthField)};
  }
}

}  // namespace

ExternalSorter::ExternalSorter(std::span<uint8_t> memory, SpillFile& file) : file_(file), memory_(memory.data()) {
  if (memory.size() < kFewestBytes) return;
  largestHeldBytes_ = std::min(memory.size() / 4, kMostHeldBytes);
  // With the longest held record assembled beside them, so many blocks still have kFewestBlockBytes each.
  mostMerged_ = std::min(memory.size() * 5 / 8 / kFewestBlockBytes, kMostMerged);
  Grant grant(memory);
  runs_ = grant.take<SortedRun>(4 * mostMerged_);
  readers_ = grant.take<Reader>(mostMerged_);
  tree_ = grant.take<uint32_t>(mostMerged_);
  writeBlock_ = grant.take<uint8_t>(std::clamp(memory.size() / 16, kFewestBlockBytes, kMostBlockBytes));
  (void)grant.take<Entry>(0);
  arena_ = grant.take<uint8_t>(grant.freeBytes());
  entriesEnd_ = reinterpret_cast<Entry*>(arena_.data()) + arena_.size() / sizeof(Entry);
  entries_ = nextEntry_ = entriesEnd_;
}

// ---- records in

bool ExternalSorter::runsIntoEntries(size_t bytes) const {
  const size_t end = static_cast<size_t>(reinterpret_cast<uint8_t*>(entries_) - arena_.data());
  return end - openEnd_ < bytes + sizeof(Entry);
}

Outcome ExternalSorter::begin() {
  if (largestHeldBytes_ == 0) return Outcome::lacksMemory(kFewestBytes);
  openBytes_ = 0;
  openOnDisk_ = false;
  openEnd_ = openStart_;
  // A record may spill here and once as it grows, and finish() once more.
  if (runCount_ + 3 > runs_.size()) {
    if (const Outcome spilled = spill(); !spilled.ok()) return spilled;
    if (const Outcome merged = mergeSmallest(mostMerged_); !merged.ok()) return merged;
  }
  // Room for what a payload on disk leaves behind, so that commit() never spills.
  if (runsIntoEntries(kLengthBytes + sizeof(DiskRange))) {
    if (const Outcome spilled = spill(); !spilled.ok()) return spilled;
  }
  openEnd_ = openStart_ + kLengthBytes;
  return {};
}

Outcome ExternalSorter::append(std::span<const uint8_t> bytes) {
  if (!openOnDisk_ && openBytes_ + bytes.size() > largestHeldBytes_) {
    if (const Outcome moved = moveOpenToDisk(); !moved.ok()) return moved;
  }
  openBytes_ += bytes.size();
  if (openOnDisk_) return write(bytes);
  if (runsIntoEntries(bytes.size())) {
    if (const Outcome spilled = spill(); !spilled.ok()) return spilled;
  }
  if (!bytes.empty()) std::memcpy(arena_.data() + openEnd_, bytes.data(), bytes.size());
  openEnd_ += bytes.size();
  return {};
}

Outcome ExternalSorter::commit(SortKey key) {
  longestPayloadBytes_ = std::max(longestPayloadBytes_, openBytes_);
  uint32_t lengthField = static_cast<uint32_t>(openBytes_);
  if (openOnDisk_) {
    if (const Outcome flushed = flush(); !flushed.ok()) return flushed;
    const DiskRange range{openPosition_, openBytes_, writtenHash_.digest()};
    std::memcpy(arena_.data() + openStart_ + kLengthBytes, &range, sizeof range);
    openEnd_ = openStart_ + kLengthBytes + sizeof range;
    lengthField = sizeof range | kOnDisk;
    openOnDisk_ = false;
  }
  std::memcpy(arena_.data() + openStart_, &lengthField, kLengthBytes);
  *--entries_ = {key, openStart_};
  longestRecordBytes_ = std::max(longestRecordBytes_, kHeadBytes + payloadBytes(lengthField));
  ++recordCount_;
  openStart_ = openEnd_;
  return {};
}

void ExternalSorter::abandon() {
  if (openOnDisk_) {
    writeFilled_ = 0;
    // Best effort: the bytes are never read.
    (void)file_.forgetRange(openPosition_, file_.byteLength());
  }
  openOnDisk_ = false;
  openEnd_ = openStart_;
}

Outcome ExternalSorter::add(SortKey key, std::span<const uint8_t> payload) {
  if (const Outcome begun = begin(); !begun.ok()) return begun;
  if (const Outcome appended = append(payload); !appended.ok()) return appended;
  return commit(key);
}

Outcome ExternalSorter::moveOpenToDisk() {
  openPosition_ = file_.byteLength();
  writtenHash_.restart();
  const uint8_t* start = arena_.data() + openStart_ + kLengthBytes;
  if (const Outcome written = write({start, static_cast<size_t>(openBytes_)}); !written.ok()) return written;
  openEnd_ = openStart_ + kLengthBytes;
  openOnDisk_ = true;
  return {};
}

// ---- runs out

Outcome ExternalSorter::write(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), writeBlock_.size() - writeFilled_);
    std::memcpy(writeBlock_.data() + writeFilled_, bytes.data(), count);
    writeFilled_ += count;
    bytes = bytes.subspan(count);
    if (writeFilled_ < writeBlock_.size()) break;
    if (const Outcome flushed = flush(); !flushed.ok()) return flushed;
  }
  return {};
}

Outcome ExternalSorter::flush() {
  const auto filled = writeBlock_.first(std::exchange(writeFilled_, 0));
  writtenHash_.update(filled);
  return file_.append(filled);
}

/// The committed records become a run; an open payload moves to the arena's start.
Outcome ExternalSorter::spill() {
  if (entries_ != entriesEnd_) {
    std::sort(entries_, entriesEnd_, [](const Entry& a, const Entry& b) { return a.key < b.key; });
    if (const Outcome written = writeEntries(runs_[runCount_]); !written.ok()) return written;
    ++runCount_;
    entries_ = entriesEnd_;
  }
  std::memmove(arena_.data(), arena_.data() + openStart_, openEnd_ - openStart_);
  openEnd_ -= openStart_;
  openStart_ = 0;
  return {};
}

/// The entries are in order.
Outcome ExternalSorter::writeEntries(SortedRun& run) {
  const uint64_t begin = file_.byteLength();
  writtenHash_.restart();
  for (const Entry* entry = entries_; entry != entriesEnd_; ++entry) {
    if (entry + kPrefetchDistance < entriesEnd_) {
      __builtin_prefetch(arena_.data() + entry[kPrefetchDistance].offset);
    }
    const uint8_t* record = arena_.data() + entry->offset;
    const size_t bytes = kLengthBytes + payloadBytes(load<uint32_t>(record));
    const auto* key = reinterpret_cast<const uint8_t*>(&entry->key);
    if (const Outcome written = write({key, sizeof entry->key}); !written.ok()) return written;
    if (const Outcome written = write({record, bytes}); !written.ok()) return written;
  }
  if (const Outcome flushed = flush(); !flushed.ok()) return flushed;
  run = {begin, file_.byteLength(), writtenHash_.digest()};
  return {};
}

/// Nothing is held while this runs: the arena is where the runs are read.
Outcome ExternalSorter::mergeSmallest(size_t count) {
  std::sort(runs_.begin(), runs_.begin() + runCount_,
            [](const SortedRun& a, const SortedRun& b) { return a.byteLength() > b.byteLength(); });
  runCount_ -= count;
  if (const Outcome started = startMerge(runs_.subspan(runCount_, count), !keepsRuns_); !started.ok()) return started;
  const uint64_t begin = file_.byteLength();
  writtenHash_.restart();
  for (;;) {
    std::span<const uint8_t> stored;
    if (const Outcome read = nextStored(stored); !read.ok()) return read;
    if (stored.empty()) break;
    if (const Outcome written = write(stored); !written.ok()) return written;
  }
  if (const Outcome flushed = flush(); !flushed.ok()) return flushed;
  runs_[runCount_++] = {begin, file_.byteLength(), writtenHash_.digest()};
  return {};
}

Outcome ExternalSorter::mergeToOnePass() {
  while (runCount_ > mostMerged_) {
    // As few as will do: every further run would be written once more for nothing.
    const size_t count = std::min(runCount_ - mostMerged_ + 1, mostMerged_);
    if (const Outcome merged = mergeSmallest(count); !merged.ok()) return merged;
  }
  return {};
}

Outcome ExternalSorter::finish() {
  if (largestHeldBytes_ == 0) return Outcome::lacksMemory(kFewestBytes);
  openEnd_ = openStart_;
  if (runCount_ == 0) {
    std::sort(entries_, entriesEnd_, [](const Entry& a, const Entry& b) { return a.key < b.key; });
    // Behind the payloads, so that what is not used is one range.
    auto* const first = reinterpret_cast<Entry*>(arena_.data());
    Entry* const moved = first + (openStart_ + sizeof(Entry) - 1) / sizeof(Entry);
    entriesEnd_ = std::move(entries_, entriesEnd_, moved);
    entries_ = moved;
  } else {
    if (const Outcome spilled = spill(); !spilled.ok()) return spilled;
    if (const Outcome merged = mergeToOnePass(); !merged.ok()) return merged;
  }
  keepOnlyUsed();
  return rewind();
}

/// No more records come: the arena ends behind the entries, or behind the blocks of its readers.
void ExternalSorter::keepOnlyUsed() {
  const size_t used = runCount_ == 0 ? static_cast<size_t>(reinterpret_cast<uint8_t*>(entriesEnd_) - arena_.data())
                                     : runCount_ * kReadBlockBytes + longestRecordBytes_;
  arena_ = arena_.first(std::min(arena_.size(), used));
}

Outcome ExternalSorter::rewind() {
  if (largestHeldBytes_ == 0) return Outcome::lacksMemory(kFewestBytes);
  nextEntry_ = entries_;
  if (runCount_ == 0) return {};
  if (hasForgotten_) return Outcome::failed({EINVAL, "rewind"});
  return startMerge(runs_.first(runCount_), false);
}

// ---- records out

Outcome ExternalSorter::next(SortedRecord& record, bool& hasRecord) {
  if (largestHeldBytes_ == 0) return Outcome::lacksMemory(kFewestBytes);
  if (runCount_ > 0) {
    forgets_ = !keepsRuns_;
    hasForgotten_ = hasForgotten_ || forgets_;
    return nextMerged(record, hasRecord);
  }
  hasRecord = nextEntry_ != entriesEnd_;
  if (!hasRecord) return {};
  if (nextEntry_ + kPrefetchDistance < entriesEnd_) {
    __builtin_prefetch(arena_.data() + nextEntry_[kPrefetchDistance].offset);
  }
  const uint8_t* stored = arena_.data() + nextEntry_->offset;
  describe(nextEntry_->key, stored + kLengthBytes, load<uint32_t>(stored), record);
  ++nextEntry_;
  return {};
}

Outcome ExternalSorter::startMerge(std::span<const SortedRun> runs, bool forgets) {
  forgets_ = forgets;
  hasGiven_ = false;
  readerCount_ = runs.size();
  blockBytes_ = std::min(arena_.size() / readerCount_, kMostBlockBytes);
  assembly_ = {};
  if (longestRecordBytes_ > blockBytes_) {
    blockBytes_ = std::min((arena_.size() - longestRecordBytes_) / readerCount_, kMostBlockBytes);
    assembly_ = arena_.subspan(readerCount_ * blockBytes_, longestRecordBytes_);
  }
  std::fill_n(tree_.begin(), readerCount_, kNobody);
  for (size_t index = readerCount_; index-- > 0;) {
    const SortedRun& run = runs[index];
    Reader& reader = readers_[index];
    reader = {{}, true, 0, arena_.data() + index * blockBytes_, 0, 0, run.begin, run.end, run.begin};
    if (const Outcome read = advance(reader); !read.ok()) return read;
    replay(static_cast<uint32_t>(index));
  }
  return {};
}

/// The next record as it lies in its run; empty at the end.
Outcome ExternalSorter::nextStored(std::span<const uint8_t>& stored) {
  if (hasGiven_) {
    if (const Outcome read = advance(readers_[tree_[0]]); !read.ok()) return read;
    replay(tree_[0]);
  }
  Reader& winner = readers_[tree_[0]];
  hasGiven_ = winner.isLive;
  stored = {};
  return hasGiven_ ? give(winner, stored) : Outcome{};
}

Outcome ExternalSorter::nextMerged(SortedRecord& record, bool& hasRecord) {
  std::span<const uint8_t> stored;
  if (const Outcome read = nextStored(stored); !read.ok()) return read;
  hasRecord = !stored.empty();
  if (hasRecord) describe(load<SortKey>(stored.data()), stored.data() + kHeadBytes, lengthFieldOf(stored), record);
  return {};
}

/// Steps to the reader's next record: its head, and its payload where a block can hold it, are in the block afterwards.
Outcome ExternalSorter::advance(Reader& reader) {
  reader.cursor += reader.recordBytes;
  reader.recordBytes = 0;
  reader.isLive = reader.cursor != reader.filled || reader.position != reader.end;
  if (!reader.isLive) return giveBackRead(reader);
  if (const Outcome filled = fill(reader, kHeadBytes); !filled.ok()) return filled;
  const uint8_t* head = reader.block + reader.cursor;
  reader.key = load<SortKey>(head);
  reader.recordBytes = kHeadBytes + payloadBytes(load<uint32_t>(head + sizeof(SortKey)));
  const uint64_t leftBytes = reader.filled - reader.cursor + (reader.end - reader.position);
  // What a damaged disk gives must not lead out of the blocks.
  if (reader.recordBytes > longestRecordBytes_ || reader.recordBytes > leftBytes) return Outcome::failed({EIO, "sorter"});
  return reader.recordBytes <= blockBytes_ ? fill(reader, reader.recordBytes) : Outcome{};
}

/// So many bytes from the cursor on are in the block.
Outcome ExternalSorter::fill(Reader& reader, size_t bytes) {
  const size_t held = reader.filled - reader.cursor;
  if (held >= bytes) return {};
  std::memmove(reader.block, reader.block + reader.cursor, held);
  const size_t count = static_cast<size_t>(std::min<uint64_t>(blockBytes_ - held, reader.end - reader.position));
  if (held + count < bytes) return Outcome::failed({EIO, "sorter"});
  if (const Outcome read = file_.read(reader.position, {reader.block + held, count}); !read.ok()) return read;
  reader.cursor = 0;
  reader.filled = held + count;
  reader.position += count;
  return reader.position - reader.forgotten >= kForgetBytes ? giveBackRead(reader) : Outcome{};
}

Outcome ExternalSorter::giveBackRead(Reader& reader) {
  if (!forgets_ || reader.forgotten == reader.position) return {};
  // Blocks that are shared with a neighbour are left: it may not have been read.
  const uint64_t begin = reader.forgotten;
  reader.forgotten = reader.position == reader.end ? reader.end
                                                   : reader.position / SpillFile::kBlockBytes * SpillFile::kBlockBytes;
  return file_.forgetRange(begin, reader.forgotten);
}

Outcome ExternalSorter::give(Reader& reader, std::span<const uint8_t>& stored) {
  const size_t bytes = reader.recordBytes;
  const uint8_t* start = reader.block + reader.cursor;
  if (bytes > blockBytes_) {
    const size_t held = reader.filled - reader.cursor;
    std::memcpy(assembly_.data(), start, held);
    const std::span<uint8_t> rest = assembly_.subspan(held, bytes - held);
    if (const Outcome read = file_.read(reader.position, rest); !read.ok()) return read;
    reader.position += rest.size();
    reader.cursor = reader.filled = reader.recordBytes = 0;
    start = assembly_.data();
  }
  stored = {start, bytes};
  return {};
}

bool ExternalSorter::wins(uint32_t a, uint32_t b) const {
  if (a == kNobody || b == kNobody) return a == kNobody;
  const Reader& one = readers_[a];
  const Reader& other = readers_[b];
  if (!one.isLive || !other.isLive) return one.isLive;
  return one.key < other.key;
}

/// Plays a reader whose key has changed from its leaf to the root.
void ExternalSorter::replay(uint32_t reader) {
  for (size_t node = (reader + readerCount_) / 2; node > 0; node /= 2) {
    if (wins(tree_[node], reader)) std::swap(tree_[node], reader);
  }
  tree_[0] = reader;
}

}  // namespace mm
