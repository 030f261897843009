// What one sorter leaves in its file another one gives back, whatever memory either had; anything else in its place is refused.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "../core/external_sorter.h"
#include "check.h"

namespace {

using mm::DiskAllowance;
using mm::ExternalSorter;
using mm::Outcome;
using mm::Progress;
using mm::SortedRecord;
using mm::SortedRun;
using mm::SorterDescription;
using mm::SortKey;
using mm::SpillFile;

constexpr size_t kMiB = size_t{1} << 20;

/// A file in memory that can have holes.
struct TemporaryFile {
  int fd = memfd_create("sorter", MFD_CLOEXEC);
  ~TemporaryFile() { close(fd); }
  uint64_t byteLength() const { return static_cast<uint64_t>(lseek(fd, 0, SEEK_END)); }
};

struct Memory {
  explicit Memory(size_t bytes) : data(new uint8_t[bytes]), span(data.get(), bytes) {}
  std::unique_ptr<uint8_t[]> data;
  std::span<uint8_t> span;
};

/// A description that outlives its sorter.
struct Kept {
  SorterDescription description;
  std::vector<SortedRun> runs;

  SorterDescription whole() const {
    SorterDescription all = description;
    all.runs = runs;
    return all;
  }
};

struct Records {
  size_t count;
  size_t longestPayload;
};

SortKey keyOf(size_t index, size_t count) {
  return {index * 7919 % count / 3, index * 7919 % count};
}

std::vector<uint8_t> payloadOf(uint64_t low, size_t longest) {
  std::mt19937_64 random(low);
  std::vector<uint8_t> payload(random() % (longest + 1));
  for (uint8_t& byte : payload) byte = static_cast<uint8_t>(random());
  return payload;
}

/// `reads` of the records come out before the sorter goes away, as in a job that was killed.
Kept leave(const TemporaryFile& temporary, size_t memoryBytes, Records records, size_t reads) {
  DiskAllowance disk;
  SpillFile file(temporary.fd, disk);
  const Memory memory(memoryBytes);
  ExternalSorter sorter(memory.span, file);
  for (size_t index = 0; index < records.count; ++index) {
    const SortKey key = keyOf(index, records.count);
    CHECK(sorter.add(key, payloadOf(key.low, records.longestPayload)).ok());
  }
  CHECK(sorter.finish().ok());
  Kept kept;
  CHECK(sorter.persist(kept.description).ok());
  kept.runs.assign(kept.description.runs.begin(), kept.description.runs.end());
  SortedRecord record;
  bool hasRecord = false;
  for (size_t index = 0; index < reads; ++index) CHECK(sorter.next(record, hasRecord).ok() && hasRecord && record.key.low == index);
  return kept;
}

/// Whether exactly these come out.
bool givesAll(ExternalSorter& sorter, Records records) {
  SortedRecord record;
  bool hasRecord = false;
  for (size_t index = 0; index < records.count; ++index) {
    if (!sorter.next(record, hasRecord).ok() || !hasRecord || record.key.low != index) return false;
    const std::vector<uint8_t> wanted = payloadOf(index, records.longestPayload);
    std::vector<uint8_t> payload(record.payload.begin(), record.payload.end());
    if (record.isOnDisk) {
      payload.resize(record.byteLength);
      if (!sorter.readPayload(record, 0, payload).ok()) return false;
    }
    if (payload != wanted) return false;
  }
  return sorter.next(record, hasRecord).ok() && !hasRecord;
}

void goesOnUnderOtherMemory() {
  for (const Records records : {Records{0, 0}, Records{1, 0}, Records{300, 400}, Records{30'000, 300}, Records{40, kMiB / 2}}) {
    for (const size_t first : {kMiB, 3 * kMiB, 40 * kMiB}) {
      for (const size_t second : {kMiB, 5 * kMiB, 40 * kMiB}) {
        const TemporaryFile temporary;
        const Kept kept = leave(temporary, first, records, records.count / 2);
        CHECK(kept.description.recordCount == records.count);
        // What a later moment wrote is cut off.
        CHECK(pwrite(temporary.fd, "later", 5, static_cast<off_t>(kept.description.fileBytes)) == 5);
        DiskAllowance disk;
        SpillFile file(temporary.fd, disk);
        const Memory memory(second);
        ExternalSorter sorter(memory.span, file);
        Progress progress;
        const Outcome adopted = sorter.adopt(kept.whole(), progress);
        if (adopted.kind == Outcome::Kind::memory) {
          CHECK(kept.description.longestRecordBytes > second / 4 && adopted.value > second);
          const Memory enough(adopted.value);
          ExternalSorter other(enough.span, file);
          CHECK(other.adopt(kept.whole(), progress).ok() && givesAll(other, records));
          continue;
        }
        CHECK(adopted.ok() && sorter.recordCount() == records.count && givesAll(sorter, records));
        CHECK(disk.usedBytes <= temporary.byteLength());
        // It is all still there.
        DiskAllowance again;
        SpillFile same(temporary.fd, again);
        ExternalSorter third(memory.span, same);
        CHECK(third.adopt(kept.whole(), progress).ok() && givesAll(third, records));
      }
    }
  }
}

/// More runs than one pass of the second sorter merges, and than it can name.
void mergesOrRefusesManyRuns() {
  constexpr Records kRecords{200'000, 600};
  const TemporaryFile temporary;
  const Kept kept = leave(temporary, kMiB, kRecords, 0);
  CHECK(kept.runs.size() > 20 && kept.runs.size() <= 40);
  const TemporaryFile other;
  Kept many = leave(other, 4 * kMiB, {20'000, 10}, 0);
  many.runs.assign(161, many.runs.empty() ? SortedRun{} : many.runs.front());
  DiskAllowance disk;
  SpillFile file(other.fd, disk);
  const Memory memory(kMiB);
  ExternalSorter sorter(memory.span, file);
  Progress progress;
  const Outcome refused = sorter.adopt(many.whole(), progress);
  CHECK(refused.kind == Outcome::Kind::memory && refused.value > kMiB && disk.usedBytes == 0);

  // Each record a run of its own: 100 of them, where 40 are merged at once.
  const TemporaryFile single;
  std::vector<uint8_t> bytes;
  Kept singles;
  for (uint64_t number = 0; number < 100; ++number) {
    const SortKey key{0, number * 37 % 100};
    const uint32_t length = 8;
    std::vector<uint8_t> record(28);
    std::memcpy(record.data(), &key, 16);
    std::memcpy(record.data() + 16, &length, 4);
    std::memcpy(record.data() + 20, &key.low, 8);
    singles.runs.push_back({bytes.size(), bytes.size() + 28, mm::xxh64(record.data(), record.size())});
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  CHECK(pwrite(single.fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  singles.description = {bytes.size(), 100, 28, {}};
  DiskAllowance allowance;
  SpillFile singleFile(single.fd, allowance);
  ExternalSorter merger(memory.span, singleFile);
  CHECK(merger.adopt(singles.whole(), progress).ok());
  SortedRecord record;
  bool hasRecord = false;
  for (uint64_t number = 0; number < 100; ++number) {
    CHECK(merger.next(record, hasRecord).ok() && hasRecord && record.key.low == number && record.payload.size() == 8);
  }
  CHECK(merger.next(record, hasRecord).ok() && !hasRecord);
  // The runs as they were described are still there.
  std::vector<uint8_t> after(bytes.size());
  CHECK(pread(single.fd, after.data(), after.size(), 0) == static_cast<ssize_t>(after.size()) && after == bytes);
}

bool isRefused(const TemporaryFile& temporary, const Kept& kept, Records records) {
  DiskAllowance disk;
  SpillFile file(temporary.fd, disk);
  const Memory memory(2 * kMiB);
  ExternalSorter sorter(memory.span, file);
  Progress progress;
  const Outcome adopted = sorter.adopt(kept.whole(), progress);
  if (adopted.ok()) {
    // The change meant nothing.
    CHECK(givesAll(sorter, records));
    return false;
  }
  CHECK(adopted.kind == Outcome::Kind::memory || (adopted.kind == Outcome::Kind::io && adopted.status.error == EIO));
  return true;
}

/// Every bit of the file counts but what no run and no payload has.
void refusesDamagedFiles() {
  constexpr Records kRecords{60, kMiB};
  const TemporaryFile temporary;
  const Kept kept = leave(temporary, 2 * kMiB, kRecords, 0);
  CHECK(kept.runs.size() > 1 && kept.description.fileBytes > 10 * kMiB);
  CHECK(!isRefused(temporary, kept, kRecords));
  std::mt19937_64 random(5);
  size_t refused = 0;
  for (int round = 0; round < 60; ++round) {
    const auto at = static_cast<off_t>(random() % kept.description.fileBytes);
    uint8_t byte = 0;
    CHECK(pread(temporary.fd, &byte, 1, at) == 1);
    const uint8_t changed = byte ^ static_cast<uint8_t>(1 << random() % 8);
    CHECK(pwrite(temporary.fd, &changed, 1, at) == 1);
    refused += isRefused(temporary, kept, kRecords);
    CHECK(pwrite(temporary.fd, &byte, 1, at) == 1);
  }
  CHECK(refused == 60);
  CHECK(!isRefused(temporary, kept, kRecords));
  CHECK(ftruncate(temporary.fd, static_cast<off_t>(kept.description.fileBytes - 1)) == 0);
  CHECK(isRefused(temporary, kept, kRecords));
  DiskAllowance disk;
  SpillFile nothing(-1, disk);
  CHECK(nothing.adopt(0).kind == Outcome::Kind::io);
  int pipe[2];
  CHECK(pipe2(pipe, O_CLOEXEC) == 0);
  SpillFile stream(pipe[0], disk);
  CHECK(stream.adopt(0).kind == Outcome::Kind::io);
  close(pipe[0]);
  close(pipe[1]);
}

/// Numbers that lead out of the file, into other records, or to other lengths; heads of records too, their run's hash made to fit.
void refusesFuzzedDescriptions() {
  constexpr Records kRecords{40'000, 100};
  const TemporaryFile temporary;
  const Kept kept = leave(temporary, kMiB, kRecords, 0);
  std::vector<uint8_t> first(kept.runs.front().byteLength());
  const auto begin = static_cast<off_t>(kept.runs.front().begin);
  CHECK(pread(temporary.fd, first.data(), first.size(), begin) == static_cast<ssize_t>(first.size()));
  std::mt19937_64 random(9);
  size_t refused = 0;
  constexpr int kRounds = 400;
  for (int round = 0; round < kRounds; ++round) {
    Kept fuzzed = kept;
    SortedRun& run = fuzzed.runs[random() % fuzzed.runs.size()];
    const uint64_t values[] = {0, 1, random() % 100, UINT64_MAX, uint64_t{1} << 63, kept.description.fileBytes + 1, random(), run.begin, run.end - 1};
    const uint64_t value = values[random() % std::size(values)];
    switch (random() % 7) {
      case 0: run.begin = value; break;
      case 1: run.end = value; break;
      case 2: run.hash = value; break;
      case 3: fuzzed.description.recordCount = value; break;
      case 4: fuzzed.description.longestRecordBytes = value; break;
      case 5: fuzzed.runs.resize(value % 5000); break;
      default: {
        std::vector<uint8_t> changed = first;
        // Of the first record: its length, or whatever there is.
        const size_t at = random() % 2 == 0 ? 16 : random() % (changed.size() - 4);
        const auto word = static_cast<uint32_t>(random());
        std::memcpy(changed.data() + at, &word, 4);
        CHECK(pwrite(temporary.fd, changed.data(), changed.size(), begin) == static_cast<ssize_t>(changed.size()));
        fuzzed.runs.front().hash = mm::xxh64(changed.data(), changed.size());
      }
    }
    DiskAllowance disk;
    SpillFile file(temporary.fd, disk);
    const Memory memory(kMiB);
    ExternalSorter sorter(memory.span, file);
    Progress progress;
    const Outcome adopted = sorter.adopt(fuzzed.whole(), progress);
    refused += !adopted.ok();
    SortedRecord record;
    bool hasRecord = adopted.ok();
    while (hasRecord && sorter.next(record, hasRecord).ok()) {
    }
    CHECK(pwrite(temporary.fd, first.data(), first.size(), begin) == static_cast<ssize_t>(first.size()));
  }
  // A payload that was made up whole is one that nobody can tell.
  CHECK(refused > kRounds / 2);
  CHECK(!isRefused(temporary, kept, kRecords));
}

void keepsWhatItHeldWhereTheDiskIsFull() {
  const TemporaryFile temporary;
  DiskAllowance disk;
  disk.limitBytes = 100'000;
  SpillFile file(temporary.fd, disk);
  const Memory memory(8 * kMiB);
  ExternalSorter sorter(memory.span, file);
  constexpr Records kRecords{3000, 300};
  for (size_t index = 0; index < kRecords.count; ++index) {
    const SortKey key = keyOf(index, kRecords.count);
    CHECK(sorter.add(key, payloadOf(key.low, kRecords.longestPayload)).ok());
  }
  CHECK(sorter.finish().ok() && !sorter.hasSpilled());
  SorterDescription description;
  CHECK(sorter.persist(description).kind == Outcome::Kind::disk);
  CHECK(disk.usedBytes < SpillFile::kBlockBytes);
  CHECK(givesAll(sorter, kRecords));
}

void stopsWhenCancelled() {
  constexpr Records kRecords{20'000, 300};
  const TemporaryFile temporary;
  const Kept kept = leave(temporary, kMiB, kRecords, 0);
  DiskAllowance disk;
  SpillFile file(temporary.fd, disk);
  const Memory memory(kMiB);
  ExternalSorter sorter(memory.span, file);
  Progress progress;
  progress.cancelled = true;
  CHECK(sorter.adopt(kept.whole(), progress).kind == Outcome::Kind::cancelled);
}

}  // namespace

int main() {
  goesOnUnderOtherMemory();
  mergesOrRefusesManyRuns();
  refusesDamagedFiles();
  refusesFuzzedDescriptions();
  keepsWhatItHeldWhereTheDiskIsFull();
  stopsWhenCancelled();
  return checkResult();
}
