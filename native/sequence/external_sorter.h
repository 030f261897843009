#pragma once

#include <cstdint>
#include <span>

#include "job.h"
#include "spill_file.h"

namespace mm {

/// Orders ascending by high, then low. The keys of a sorter are unique: the order of equal ones is undefined.
struct SortKey {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator<(const SortKey& a, const SortKey& b) { return a.high != b.high ? a.high < b.high : a.low < b.low; }
  friend bool operator==(const SortKey&, const SortKey&) = default;
};

/// A record as the sorter gives it back. The payload is valid until the next call of next().
struct SortedRecord {
  SortKey key;
  /// Empty when the payload was too large to be held: it is then in the file, at `position`, `byteLength` bytes.
  std::span<const uint8_t> payload;
  uint64_t position = 0;
  uint64_t byteLength = 0;
  bool isOnDisk = false;
};

/// Sorts records of any length by key in the memory it was given; what does not fit goes to disk in sorted runs that are merged.
/// The order that comes out does not depend on the memory. Payloads are built in place: begin, append..., commit.
///
/// A payload longer than `largestHeldBytes()` goes straight to the file and is given back as a range of it.
class ExternalSorter {
 public:
  /// memory: at least kFewestBytes, else every call ends in Outcome::memory.
  ExternalSorter(std::span<uint8_t> memory, SpillFile& file);

  static constexpr size_t kFewestBytes = 1 << 20;
  /// A quarter of the memory.
  size_t largestHeldBytes() const;

  Outcome begin();
  Outcome append(std::span<const uint8_t> bytes);
  Outcome commit(SortKey key);
  /// Drops what was appended since begin().
  void abandon();
  Outcome add(SortKey key, std::span<const uint8_t> payload);

  /// No more records. Sorts what is held; merges runs down to what one pass can read when there are many.
  Outcome finish();
  uint64_t recordCount() const;
  /// After finish(): the records in order. `hasRecord` is false at the end. Runs that were read are given back to the disk as it goes.
  Outcome next(SortedRecord& record, bool& hasRecord);
  /// Puts the reader back to the first record; allowed until the first next() after which forgetsRead is on.
  Outcome rewind();
  /// Whether read runs are given back (the default) or kept for a rewind.
  void keepRuns(bool keeps);
};

}  // namespace mm
