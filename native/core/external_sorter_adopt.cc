// From one sorter to another: what an earlier job left in its file is described, and taken over once all of it was read.

#include <algorithm>
#include <cerrno>

#include "external_sorter.h"
#include "sorted_run.h"

namespace mm {

Outcome ExternalSorter::persist(SorterDescription& description) {
  size_t count = runCount_;
  if (runCount_ == 0 && entries_ != entriesEnd_) {
    const uint64_t begin = file_.byteLength();
    if (const Outcome written = writeEntries(runs_[0]); !written.ok()) {
      writeFilled_ = 0;
      // Best effort: the bytes are never read.
      (void)file_.forgetRange(begin, file_.byteLength());
      return written;
    }
    count = 1;
  }
  keepsRuns_ = true;
  description = {file_.byteLength(), recordCount_, longestRecordBytes_, runs_.first(count)};
  return {};
}

Outcome ExternalSorter::adopt(const SorterDescription& description, Progress& progress) {
  if (largestHeldBytes_ == 0) return Outcome::lacksMemory(kFewestBytes);
  const uint64_t runs = description.runs.size();
  const uint64_t longestHeld = description.longestRecordBytes - std::min(description.longestRecordBytes, uint64_t{kHeadBytes});
  if (runs > 4 * kMostMerged || longestHeld > kMostHeldBytes) return Outcome::failed({EIO, "sorter"});
  // As the constructor divides it.
  const uint64_t fewest = std::max(4 * longestHeld, (runs + 3) / 4 * kFewestBlockBytes * 8 / 5 + 1);
  if (runs > runs_.size() || longestHeld > largestHeldBytes_) return Outcome::lacksMemory(fewest);
  if (const Outcome adopted = file_.adopt(description.fileBytes); !adopted.ok()) return adopted;
  keepsRuns_ = true;
  longestRecordBytes_ = static_cast<size_t>(description.longestRecordBytes);
  recordCount_ = description.recordCount;
  std::copy(description.runs.begin(), description.runs.end(), runs_.begin());
  runCount_ = runs;
  progress.done.store(0, std::memory_order_relaxed);
  progress.total.store(description.fileBytes, std::memory_order_relaxed);
  uint64_t records = 0;
  for (const SortedRun& run : description.runs) {
    if (const Outcome checked = checkRun(run, records, progress); !checked.ok()) return checked;
  }
  if (records != description.recordCount) return Outcome::failed({EIO, "sorter"});
  if (const Outcome merged = mergeToOnePass(); !merged.ok()) return merged;
  keepOnlyUsed();
  return rewind();
}

Outcome ExternalSorter::checkRun(const SortedRun& run, uint64_t& recordCount, Progress& progress) {
  if (run.begin >= run.end || run.end > file_.byteLength()) return Outcome::failed({EIO, "sorter"});
  if (const Outcome started = startMerge({&run, 1}, false); !started.ok()) return started;
  Xxh64 hash;
  SortKey before;
  for (bool isFirst = true;; isFirst = false) {
    if (progress.cancelled.load(std::memory_order_relaxed)) return Outcome::wasCancelled();
    std::span<const uint8_t> stored;
    if (const Outcome read = nextStored(stored); !read.ok()) return read;
    if (stored.empty()) break;
    const SortKey key = load<SortKey>(stored.data());
    if (!isFirst && !(before < key)) return Outcome::failed({EIO, "sorter"});
    if (const Outcome checked = checkStored(stored); !checked.ok()) return checked;
    hash.update(stored);
    before = key;
    ++recordCount;
    progress.done.fetch_add(stored.size(), std::memory_order_relaxed);
  }
  return hash.digest() == run.hash ? Outcome{} : Outcome::failed({EIO, "sorter"});
}

/// A payload that was never held has a hash of its own.
Outcome ExternalSorter::checkStored(std::span<const uint8_t> stored) {
  const uint32_t lengthField = lengthFieldOf(stored);
  const bool isOnDisk = (lengthField & kOnDisk) != 0;
  longestPayloadBytes_ = std::max<uint64_t>(longestPayloadBytes_, isOnDisk ? 0 : payloadBytes(lengthField));
  if (!isOnDisk) return {};
  if (payloadBytes(lengthField) != sizeof(DiskRange)) return Outcome::failed({EIO, "sorter"});
  const DiskRange range = load<DiskRange>(stored.data() + kHeadBytes);
  const uint64_t end = file_.byteLength();
  if (range.position > end || range.byteLength > end - range.position) return Outcome::failed({EIO, "sorter"});
  longestPayloadBytes_ = std::max(longestPayloadBytes_, range.byteLength);
  Xxh64 hash;
  for (uint64_t done = 0; done < range.byteLength;) {
    const auto block = writeBlock_.first(static_cast<size_t>(std::min<uint64_t>(writeBlock_.size(), range.byteLength - done)));
    if (const Outcome read = file_.read(range.position + done, block); !read.ok()) return read;
    hash.update(block);
    done += block.size();
  }
  return hash.digest() == range.hash ? Outcome{} : Outcome::failed({EIO, "sorter"});
}

}  // namespace mm
