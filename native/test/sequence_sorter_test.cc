// Records come out as std::sort orders them, whatever the memory, and the disk holds no more than it may.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
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
using mm::SortedRecord;
using mm::SortKey;
using mm::SpillFile;

constexpr size_t kKiB = 1024;

/// A file in memory that can have holes.
struct TemporaryFile {
  int fd = memfd_create("sorter", MFD_CLOEXEC);
  ~TemporaryFile() { close(fd); }
};

struct Input {
  SortKey key;
  std::vector<uint8_t> payload;
};

std::vector<Input> randomInputs(std::mt19937_64& random, size_t count, size_t longestPayload) {
  std::vector<Input> inputs(count);
  uint64_t number = 0;
  for (Input& input : inputs) {
    // Few values of the high part, so that the low one decides often.
    input.key = {random() % 50, (random() << 32) | number++};
    input.payload.resize(random() % (longestPayload + 1));
    for (uint8_t& byte : input.payload) byte = static_cast<uint8_t>(random());
  }
  return inputs;
}

/// In pieces, with dropped records between.
void addInputs(ExternalSorter& sorter, const std::vector<Input>& inputs, std::mt19937_64& random) {
  for (const Input& input : inputs) {
    if (random() % 16 == 0) {
      CHECK(sorter.begin().ok());
      CHECK(sorter.append(std::span(input.payload).first(input.payload.size() / 2)).ok());
      sorter.abandon();
    }
    if (random() % 2 == 0) {
      CHECK(sorter.add(input.key, input.payload).ok());
      continue;
    }
    CHECK(sorter.begin().ok());
    for (size_t at = 0; at < input.payload.size();) {
      const size_t bytes = std::min<size_t>(input.payload.size() - at, 1 + random() % (input.payload.size() + 1));
      CHECK(sorter.append(std::span(input.payload).subspan(at, bytes)).ok());
      at += bytes;
    }
    CHECK(sorter.commit(input.key).ok());
  }
}

bool isRecord(const SortedRecord& record, const Input& input, const SpillFile& file) {
  if (!(record.key == input.key) || record.byteLength != input.payload.size()) return false;
  std::vector<uint8_t> payload(record.payload.begin(), record.payload.end());
  if (record.isOnDisk) {
    payload.resize(record.byteLength);
    if (!record.payload.empty() || !file.read(record.position, payload).ok()) return false;
  }
  return payload == input.payload;
}

void checkOutput(ExternalSorter& sorter, const std::vector<Input>& sorted, const SpillFile& file) {
  size_t wrong = 0;
  SortedRecord record;
  bool hasRecord = false;
  for (const Input& input : sorted) {
    const bool read = sorter.next(record, hasRecord).ok() && hasRecord;
    wrong += !read || !isRecord(record, input, file);
  }
  CHECK(wrong == 0);
  CHECK(sorter.next(record, hasRecord).ok() && !hasRecord);
  CHECK(sorter.next(record, hasRecord).ok() && !hasRecord);
}

struct Memory {
  explicit Memory(size_t bytes) : data(new uint8_t[bytes]), span(data.get(), bytes) {}
  std::unique_ptr<uint8_t[]> data;
  std::span<uint8_t> span;
};

/// @returns bytes that were ever on the disk
uint64_t sortsAsStdSort(size_t memoryBytes, size_t count, size_t longestPayload) {
  std::mt19937_64 random(count * 31 + longestPayload);
  const std::vector<Input> inputs = randomInputs(random, count, longestPayload);
  std::vector<Input> sorted = inputs;
  std::sort(sorted.begin(), sorted.end(), [](const Input& a, const Input& b) { return a.key < b.key; });

  const TemporaryFile temporary;
  DiskAllowance disk;
  {
    SpillFile file(temporary.fd, disk);
    const Memory memory(memoryBytes);
    ExternalSorter sorter(memory.span, file);
    addInputs(sorter, inputs, random);
    CHECK(sorter.finish().ok());
    CHECK(sorter.recordCount() == count);
    CHECK(sorter.usedBytes() <= memoryBytes);
    // A block for each run, of which there are few.
    if (sorter.hasSpilled() && memoryBytes >= 3000 * kKiB && longestPayload <= 200) {
      CHECK(sorter.usedBytes() < memoryBytes / 2);
    }
    // What is behind is somebody else's now.
    std::fill(memory.span.begin() + static_cast<ptrdiff_t>(sorter.usedBytes()), memory.span.end(), uint8_t{0xA5});
    sorter.keepRuns(true);
    checkOutput(sorter, sorted, file);
    CHECK(sorter.rewind().ok());
    sorter.keepRuns(false);
    const uint64_t before = disk.usedBytes;
    checkOutput(sorter, sorted, file);
    if (before > 64 * kKiB && longestPayload < 1000) CHECK(disk.usedBytes < before / 4);
    const bool isInMemory = file.byteLength() == 0;
    CHECK(sorter.rewind().ok() == isInMemory);
    CHECK(disk.peakBytes >= disk.usedBytes);
  }
  CHECK(disk.usedBytes == 0);
  return disk.peakBytes;
}

void sortsAtManySizes() {
  for (const size_t memoryKiB : {1024u, 1025u, 1500u, 3000u, 20000u}) {
    const size_t memory = memoryKiB * kKiB;
    CHECK(sortsAsStdSort(memory, 0, 0) == 0);
    CHECK(sortsAsStdSort(memory, 1, 10) == 0);
    CHECK(sortsAsStdSort(memory, 1000, 300) == 0);
    CHECK(sortsAsStdSort(memory, 2000, 0) == 0);
    CHECK((sortsAsStdSort(memory, 40'000, 200) > 0) == (memoryKiB < 20000));
    CHECK(sortsAsStdSort(memory, 200, 200 * kKiB) > 0);
    // Payloads around and above a quarter of the memory.
    CHECK(sortsAsStdSort(memory, 60, memory / 2) > 0);
  }
}

/// Lengths on both sides of what is held.
void tellsWhichPayloadsAreOnDisk() {
  const TemporaryFile temporary;
  DiskAllowance disk;
  SpillFile file(temporary.fd, disk);
  const Memory memory(ExternalSorter::kFewestBytes);
  ExternalSorter sorter(memory.span, file);
  const size_t held = sorter.largestHeldBytes();
  CHECK(held == ExternalSorter::kFewestBytes / 4);
  const std::vector<uint8_t> bytes(held + 1, 7);
  for (uint64_t round = 0; round < 20; ++round) {
    // Of one that is dropped, no byte may come out: not those that were on the disk, not those that were about to be.
    const std::vector<uint8_t> dropped(held + 2 + round, 9);
    CHECK(sorter.begin().ok() && sorter.append(dropped).ok());
    sorter.abandon();
    CHECK(sorter.add({1, round}, bytes).ok());
    CHECK(sorter.add({0, round}, std::span(bytes).first(held)).ok());
  }
  CHECK(sorter.finish().ok());
  SortedRecord record;
  bool hasRecord = false;
  for (uint64_t index = 0; index < 40; ++index) {
    CHECK(sorter.next(record, hasRecord).ok() && hasRecord);
    CHECK(record.isOnDisk == (index >= 20) && record.key.low == index % 20);
    std::vector<uint8_t> payload(record.payload.begin(), record.payload.end());
    if (record.isOnDisk) {
      payload.resize(record.byteLength);
      CHECK(file.read(record.position, payload).ok());
    }
    CHECK(payload == std::vector<uint8_t>(record.isOnDisk ? held + 1 : held, 7));
  }
}

/// More runs than the table holds and than one pass merges. The records are too many to be kept here: keys are a
/// permutation.
void mergesInManyPasses() {
  const TemporaryFile temporary;
  DiskAllowance disk;
  SpillFile file(temporary.fd, disk);
  const Memory memory(ExternalSorter::kFewestBytes);
  ExternalSorter sorter(memory.span, file);
  constexpr uint64_t kRecords = 20'011;
  std::vector<uint8_t> payload(10'000);
  for (uint64_t index = 0; index < kRecords; ++index) {
    const uint64_t number = index * 7919 % kRecords;
    std::memcpy(payload.data(), &number, sizeof number);
    if (!sorter.add({0, number}, payload).ok()) CHECK(false);
  }
  CHECK(sorter.finish().ok());
  CHECK(disk.peakBytes > 190 * ExternalSorter::kFewestBytes);
  // What was merged was given back as it was read: never nearly twice the records.
  CHECK(disk.peakBytes < 230 * ExternalSorter::kFewestBytes);
  uint64_t wrong = 0;
  SortedRecord record;
  bool hasRecord = false;
  for (uint64_t number = 0; number < kRecords; ++number) {
    uint64_t stored = 0;
    if (sorter.next(record, hasRecord).ok() && hasRecord) std::memcpy(&stored, record.payload.data(), sizeof stored);
    wrong += record.key.low != number || stored != number || record.payload.size() != payload.size();
  }
  CHECK(wrong == 0);
  CHECK(sorter.next(record, hasRecord).ok() && !hasRecord);
}

void stopsAtTheDiskLimit() {
  const TemporaryFile temporary;
  DiskAllowance disk;
  disk.limitBytes = 100 * kKiB;
  SpillFile file(temporary.fd, disk);
  const Memory memory(ExternalSorter::kFewestBytes);
  ExternalSorter sorter(memory.span, file);
  const std::vector<uint8_t> payload(1000);
  Outcome outcome;
  for (uint64_t number = 0; number < 2000 && outcome.ok(); ++number) outcome = sorter.add({0, number}, payload);
  CHECK(outcome.kind == Outcome::Kind::disk);
  CHECK(disk.peakBytes <= disk.limitBytes && file.byteLength() <= disk.limitBytes);
}

void saysWhenTheDiskIsFull() {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  DiskAllowance disk;
  SpillFile file(full, disk);
  const std::vector<uint8_t> bytes(10);
  CHECK(file.append(bytes).kind == Outcome::Kind::disk);
  CHECK(disk.usedBytes == 0 && file.byteLength() == 0);
  close(full);
  CHECK(file.append(bytes).kind == Outcome::Kind::io);
}

void givesBackWhatIsForgotten() {
  const TemporaryFile temporary;
  DiskAllowance disk;
  SpillFile file(temporary.fd, disk);
  std::vector<uint8_t> bytes(10'000, 1);
  CHECK(file.append(bytes).ok() && file.append(bytes).ok());
  CHECK(disk.usedBytes == 20'000);
  CHECK(file.forget(5'000).ok());
  CHECK(disk.usedBytes == 20'000 - 4096);
  CHECK(file.forget(9'000).ok() && file.forget(100).ok());
  CHECK(disk.usedBytes == 20'000 - 8192);
  CHECK(file.read(9'000, bytes).ok() && bytes.front() == 1 && bytes.back() == 1);
  CHECK(file.read(10'001, bytes).kind == Outcome::Kind::io);
  CHECK(file.clear().ok());
  CHECK(disk.usedBytes == 0 && disk.peakBytes == 20'000 && file.byteLength() == 0);
  CHECK(file.append(bytes).ok() && disk.usedBytes == 10'000);
}

void refusesTooLittleMemory() {
  DiskAllowance disk;
  SpillFile file(-1, disk);
  const Memory memory(ExternalSorter::kFewestBytes - 1);
  ExternalSorter sorter(memory.span, file);
  SortedRecord record;
  bool hasRecord = false;
  for (const Outcome& outcome : {sorter.begin(), sorter.finish(), sorter.next(record, hasRecord), sorter.rewind()}) {
    CHECK(outcome.kind == Outcome::Kind::memory && outcome.value == ExternalSorter::kFewestBytes);
  }
}

}  // namespace

int main() {
  sortsAtManySizes();
  tellsWhichPayloadsAreOnDisk();
  mergesInManyPasses();
  stopsAtTheDiskLimit();
  saysWhenTheDiskIsFull();
  givesBackWhatIsForgotten();
  refusesTooLittleMemory();
  return checkResult();
}
