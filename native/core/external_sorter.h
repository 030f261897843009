#pragma once

#include <cstdint>
#include <span>

#include "job.h"
#include "linux/spill_file.h"
#include "xxh64.h"

namespace mm {

/// Orders ascending by high, then low. The keys of a sorter are unique: the order of equal ones is undefined.
struct SortKey {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator<(const SortKey& a, const SortKey& b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
  }
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

/// A sorted stretch of the file: key, length, payload of each record.
struct SortedRun {
  uint64_t begin = 0;
  uint64_t end = 0;
  /// XXH64 of its bytes.
  uint64_t hash = 0;
  uint64_t byteLength() const { return end - begin; }
};

/// Where the records of a sorter are in its file.
struct SorterDescription {
  /// What is behind is none of them.
  uint64_t fileBytes = 0;
  uint64_t recordCount = 0;
  /// Of the longest one as it lies in a run.
  uint64_t longestRecordBytes = 0;
  std::span<const SortedRun> runs;
};

/// Sorts records of any length by key in the memory it was given; what does not fit goes to disk in sorted runs that
/// are merged. The order that comes out does not depend on the memory. Payloads are built in place: begin, append...,
/// commit.
///
/// A payload longer than `largestHeldBytes()` goes straight to the file and is given back as a range of it.
class ExternalSorter {
 public:
  /// memory: at least kFewestBytes, else every call ends in Outcome::memory.
  ExternalSorter(std::span<uint8_t> memory, SpillFile& file);
  ExternalSorter(const ExternalSorter&) = delete;
  ExternalSorter& operator=(const ExternalSorter&) = delete;

  static constexpr size_t kFewestBytes = 1 << 20;
  /// A quarter of the memory, at most 1 GiB.
  size_t largestHeldBytes() const { return largestHeldBytes_; }

  Outcome begin();
  Outcome append(std::span<const uint8_t> bytes);
  Outcome commit(SortKey key);
  /// Drops what was appended since begin().
  void abandon();
  Outcome add(SortKey key, std::span<const uint8_t> payload);

  /// No more records. Sorts what is held; merges runs down to what one pass can read when there are many.
  Outcome finish();
  /// After finish() or adopt(): how much of the memory, from its start, giving the records back takes. What is behind is
  /// the caller's.
  size_t usedBytes() const { return static_cast<size_t>(arena_.data() + arena_.size() - memory_); }
  uint64_t recordCount() const { return recordCount_; }
  /// Also of those that were never held.
  uint64_t longestPayloadBytes() const { return longestPayloadBytes_; }
  /// After finish(): whether records were too many for the memory.
  bool hasSpilled() const { return runCount_ > 0; }
  /// After finish(): the records in order. `hasRecord` is false at the end. Runs that were read are given back to the
  /// disk as it goes.
  Outcome next(SortedRecord& record, bool& hasRecord);
  /// Part of the payload of a record that isOnDisk.
  Outcome readPayload(const SortedRecord& record, uint64_t from, std::span<uint8_t> bytes) const {
    return file_.read(record.position + from, bytes);
  }
  /// Puts the reader back to the first record. io with EINVAL when there are runs and next() was called without
  /// keepRuns.
  Outcome rewind();
  /// Whether read runs are given back (the default) or kept for a rewind. Payloads that were never held stay in any
  /// case.
  void keepRuns(bool keeps) { keepsRuns_ = keeps; }

  /// After finish(), before next(): sees to it that all records are in the file, stay there, and can be adopted by
  /// another sorter, `description` having been kept. Its runs are valid until the next call of anything. Where it fails
  /// the sorter is as it was.
  Outcome persist(SorterDescription& description);
  /// In place of adding records and finish(): takes over those of an earlier sorter whose file this one has, empty so
  /// far. Description and file may be anything: all is read once, and io says EIO where it is not what persist() left.
  /// The runs stay in the file; memory when they are too many or too long for this sorter.
  Outcome adopt(const SorterDescription& description, Progress& progress);

 private:
  /// Payloads lie in the arena from its start, each behind its length (4 bytes); entries lie at its end, after finish()
  /// right behind the payloads.
  struct Entry {
    SortKey key;
    uint64_t offset;
  };
  /// A run while it is merged: its bytes before `position` were read, block[cursor, filled) are still to be given.
  struct Reader {
    SortKey key;
    bool isLive;
    /// Of the record at the cursor; 0 when it was assembled elsewhere and the cursor is behind it.
    size_t recordBytes;
    uint8_t* block;
    size_t cursor;
    size_t filled;
    uint64_t position;
    uint64_t end;
    uint64_t forgotten;
  };

  bool runsIntoEntries(size_t bytes) const;
  void keepOnlyUsed();
  Outcome spill();
  Outcome writeEntries(SortedRun& run);
  Outcome moveOpenToDisk();
  Outcome write(std::span<const uint8_t> bytes);
  Outcome flush();
  Outcome mergeSmallest(size_t count);
  Outcome mergeToOnePass();
  Outcome checkRun(const SortedRun& run, uint64_t& recordCount, Progress& progress);
  Outcome checkStored(std::span<const uint8_t> stored);

  Outcome startMerge(std::span<const SortedRun> runs, bool forgets);
  Outcome nextStored(std::span<const uint8_t>& stored);
  Outcome nextMerged(SortedRecord& record, bool& hasRecord);
  Outcome advance(Reader& reader);
  Outcome fill(Reader& reader, size_t bytes);
  Outcome giveBackRead(Reader& reader);
  Outcome give(Reader& reader, std::span<const uint8_t>& stored);
  bool wins(uint32_t a, uint32_t b) const;
  void replay(uint32_t reader);

  SpillFile& file_;
  const uint8_t* memory_;
  size_t largestHeldBytes_ = 0;
  size_t mostMerged_ = 0;
  std::span<uint8_t> writeBlock_;
  size_t writeFilled_ = 0;
  /// Of the run or the payload that is being written.
  Xxh64 writtenHash_;
  std::span<uint8_t> arena_;

  size_t openStart_ = 0;
  size_t openEnd_ = 0;
  bool openOnDisk_ = false;
  uint64_t openPosition_ = 0;
  uint64_t openBytes_ = 0;
  Entry* entries_ = nullptr;
  Entry* entriesEnd_ = nullptr;
  uint64_t recordCount_ = 0;
  size_t longestRecordBytes_ = 0;
  uint64_t longestPayloadBytes_ = 0;

  std::span<SortedRun> runs_;
  size_t runCount_ = 0;
  bool keepsRuns_ = false;

  std::span<Reader> readers_;
  size_t readerCount_ = 0;
  size_t blockBytes_ = 0;
  std::span<uint8_t> assembly_;
  /// Loser tree: [0] is the reader with the lowest key, [n] who lost at node n.
  std::span<uint32_t> tree_;
  bool forgets_ = false;
  bool hasForgotten_ = false;
  /// The winner's record was given out and is to be stepped over.
  bool hasGiven_ = false;
  Entry* nextEntry_ = nullptr;
};

}  // namespace mm
