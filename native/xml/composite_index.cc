#include "composite_index.h"

#include <algorithm>
#include <bit>

#include "../core/xxh64.h"

namespace mm {

namespace {

/// Of a line's number in lineLow.
constexpr unsigned kLowBits = 16;

/// Roles have names of their own: a resource and a party may be called the same.
uint64_t checkOf(CompositeRole role, std::span<const uint8_t> reference) {
  const auto salt = static_cast<uint8_t>(role);
  Xxh64 hash;
  hash.update({&salt, 1});
  hash.update(reference);
  return hash.digest();
}

/// Of two hashes: references that all have one XXH64 are easily made, and to look for each among them all would take quadratic time.
uint64_t hashOf(uint64_t check, std::span<const uint8_t> reference) {
  return xxh64(reference.data(), reference.size()) ^ std::rotl(check, 32);
}

}  // namespace

Outcome CompositeIndex::clear(std::span<uint8_t> memory) {
  if (memory.size() < kFewestBytes) return Outcome::lacksMemory(kFewestBytes - memory.size());
  memory_ = memory;
  Grant grant(memory);
  entries_ = grant.take<Entry>((memory.size() / 2 - alignof(Entry)) / sizeof(Entry));
  count_ = 0;
  usedBytes_ = 0;
  if (!sorter_) return {};
  sorter_.reset();
  if (const Outcome cleared = runs_.clear(); !cleared.ok()) return cleared;
  return table_.clear();
}

Outcome CompositeIndex::add(const MessageComposite& composite, std::span<const uint8_t> reference, const TextPosition& place) {
  Entry entry;
  entry.check = checkOf(composite.role, reference);
  entry.hash = hashOf(entry.check, reference);
  entry.offset = place.offset;
  entry.lineHigh = place.line >> kLowBits;
  entry.lineLow = place.line;
  entry.column = place.column;
  entry.composite = composite.number;
  if (count_ == entries_.size()) {
    if (const Outcome started = startSorting(); !started.ok()) return started;
  }
  if (!sorter_) {
    entries_[count_++] = entry;
    return {};
  }
  ++count_;
  return sort(entry);
}

Outcome CompositeIndex::startSorting() {
  if (sorter_) return {};
  sorter_.emplace(memory_.subspan(memory_.size() / 2), runs_);
  for (const Entry& entry : entries_) {
    if (const Outcome sorted = sort(entry); !sorted.ok()) return sorted;
  }
  return {};
}

Outcome CompositeIndex::sort(const Entry& entry) {
  return sorter_->add({entry.hash, entry.offset}, {reinterpret_cast<const uint8_t*>(&entry), sizeof entry});
}

Outcome CompositeIndex::finish() {
  if (!sorter_) {
    const std::span<Entry> entries = entries_.first(static_cast<size_t>(count_));
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.isBefore(b); });
    usedBytes_ = static_cast<size_t>(reinterpret_cast<uint8_t*>(entries.data() + entries.size()) - memory_.data());
    return {};
  }
  if (const Outcome finished = sorter_->finish(); !finished.ok()) return finished;
  if (const Outcome written = writeTable(); !written.ok()) return written;
  usedBytes_ = memory_.size() / 4;
  Grant grant(memory_.first(usedBytes_));
  return pages_.start(table_, grant) ? Outcome{} : Outcome::lacksMemory(PageCache::kFewestBytes);
}

Outcome CompositeIndex::writeTable() {
  // What was in the entries is in the sorter.
  size_t held = 0;
  for (;;) {
    SortedRecord record;
    bool hasRecord = false;
    if (const Outcome read = sorter_->next(record, hasRecord); !read.ok()) return read;
    if (hasRecord) std::memcpy(&entries_[held++], record.payload.data(), sizeof(Entry));
    if (held > 0 && (!hasRecord || held == entries_.size())) {
      const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(entries_.data()), held * sizeof(Entry)};
      if (const Outcome written = table_.append(bytes); !written.ok()) return written;
      held = 0;
    }
    if (!hasRecord) return {};
  }
}

Outcome CompositeIndex::entryAt(uint64_t index, Entry& entry) {
  if (sorter_) return pages_.readValue(index * sizeof(Entry), entry);
  entry = entries_[static_cast<size_t>(index)];
  return {};
}

Outcome CompositeIndex::isBefore(uint64_t index, uint64_t hash, bool& before) {
  Entry entry;
  const Outcome read = entryAt(index, entry);
  before = entry.hash < hash;
  return read;
}

Outcome CompositeIndex::find(CompositeRole role, std::span<const uint8_t> reference, Search& search) {
  const uint64_t check = checkOf(role, reference);
  const uint64_t hash = hashOf(check, reference);
  search = {hash, check, count_};
  if (count_ == 0) return {};
  // Hashes are spread evenly, so that a place is known to some hundred entries: from there the steps double until they pass it. What is
  // touched lies close together, in the memory's caches and in pages of the file.
  const auto guess = static_cast<uint64_t>(static_cast<unsigned __int128>(hash) * count_ >> 64);
  uint64_t low = guess;
  uint64_t high = guess;
  bool before = false;
  if (const Outcome read = isBefore(guess, hash, before); !read.ok()) return read;
  if (before) {
    for (uint64_t step = 1; before; step *= 2) {
      low = high + 1;
      high = std::min(high + step, count_);
      if (high == count_) break;
      if (const Outcome read = isBefore(high, hash, before); !read.ok()) return read;
    }
  } else {
    for (uint64_t step = 1; !before && low > 0; step *= 2) {
      high = low;
      low -= std::min(low, step);
      if (const Outcome read = isBefore(low, hash, before); !read.ok()) return read;
    }
  }
  // The first that is not before lies in [low, high], high being count_ or one that is not before.
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (const Outcome read = isBefore(middle, hash, before); !read.ok()) return read;
    if (before) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  search.next = low;
  return {};
}

Outcome CompositeIndex::next(Search& search, Found& found, bool& isFound) {
  isFound = false;
  while (search.next < count_) {
    Entry entry;
    if (const Outcome read = entryAt(search.next, entry); !read.ok()) return read;
    if (entry.hash != search.hash) return {};
    ++search.next;
    if (entry.check != search.check) continue;
    const uint64_t line = static_cast<uint64_t>(entry.lineHigh) << kLowBits | entry.lineLow;
    found = {{entry.offset, line, entry.column}, static_cast<uint8_t>(entry.composite)};
    isFound = true;
    return {};
  }
  return {};
}

}  // namespace mm
