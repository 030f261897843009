#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "../core/external_sorter.h"
#include "../core/page_cache.h"
#include "message_table.h"
#include "text_position.h"

namespace mm {

/// Finds the composites of a message by their references, 32 bytes for each. They are kept in half of the memory; when they are
/// more, a file has them, sorted, and pages of it are cached.
class CompositeIndex {
 public:
  static constexpr size_t kFewestBytes = 2 * ExternalSorter::kFewestBytes;

  /// The files are for this index alone.
  CompositeIndex(SpillFile& runs, SpillFile& table) : runs_(runs), table_(table) {}
  CompositeIndex(const CompositeIndex&) = delete;
  CompositeIndex& operator=(const CompositeIndex&) = delete;

  /// Forgets everything. The memory, at least kFewestBytes and the same until the next clear(), is the index's until finish().
  Outcome clear(std::span<uint8_t> memory);
  Outcome add(const MessageComposite& composite, std::span<const uint8_t> reference, const TextPosition& place);
  /// After the last composite.
  Outcome finish();
  /// After finish(): how much of the memory, from its start, finding takes. What is behind is the caller's.
  size_t usedBytes() const { return usedBytes_; }
  uint64_t count() const { return count_; }
  bool hasSpilled() const { return sorter_.has_value(); }

  /// A composite that has a reference.
  struct Found {
    TextPosition place;
    /// Its place in the table's composites.
    uint8_t composite = 0;
  };
  /// Steps through those of one reference, in document order.
  struct Search {
    uint64_t hash = 0;
    uint64_t check = 0;
    uint64_t next = 0;
  };
  Outcome find(CompositeRole role, std::span<const uint8_t> reference, Search& search);
  /// `isFound` is false behind the last.
  Outcome next(Search& search, Found& found, bool& isFound);

 private:
  /// References are told apart by two hashes.
  struct Entry {
    uint64_t hash;
    uint64_t check;
    uint64_t offset : 48;
    uint64_t lineHigh : 16;
    uint64_t lineLow : 16;
    uint64_t column : 40;
    uint64_t composite : 8;

    bool isBefore(const Entry& other) const { return hash != other.hash ? hash < other.hash : offset < other.offset; }
  };
  static_assert(sizeof(Entry) == 32);

  Outcome startSorting();
  Outcome sort(const Entry& entry);
  Outcome writeTable();
  Outcome entryAt(uint64_t index, Entry& entry);
  Outcome isBefore(uint64_t index, uint64_t hash, bool& before);

  SpillFile& runs_;
  SpillFile& table_;
  std::span<uint8_t> memory_;
  std::span<Entry> entries_;
  uint64_t count_ = 0;
  size_t usedBytes_ = 0;
  std::optional<ExternalSorter> sorter_;
  PageCache pages_;
};

}  // namespace mm
