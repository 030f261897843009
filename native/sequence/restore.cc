#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>

#include "../core/linux/thread.h"
#include "../core/sha256.h"
#include "../core/xxh64.h"
#include "block_decoder.h"
#include "name_filter.h"
#include "output_file.h"
#include "reduced_output.h"

namespace mm {

namespace {

constexpr unsigned kMostWorkers = 64;
constexpr size_t kReadBytes = size_t{1} << 20;

/// Length first, then every byte.
Outcome checkRepresentatives(const RestoreRequest& request, const DeltaHeader& header, std::span<uint8_t> buffer,
                             Progress& progress) {
  const Outcome differs = Outcome::malformedAt(0, "the representatives are not those the delta file was made with");
  if (request.representativesBytes != header.representativesBytes) return differs;
  Xxh64 hash;
  for (uint64_t position = 0; position < header.representativesBytes;) {
    if (progress.cancelled) return Outcome::wasCancelled();
    const auto part = buffer.first(std::min<uint64_t>(buffer.size(), header.representativesBytes - position));
    if (const Outcome read = readAt(request.representatives, position, part); !read.ok()) return read;
    hash.update(part);
    position += part.size();
  }
  return hash.digest() == header.representativesHash ? Outcome{} : differs;
}

Outcome checkBlocks(const DeltaFile& file, std::span<uint8_t> buffer, Progress& progress) {
  for (uint64_t index = 0; index < file.blocks(); ++index) {
    if (progress.cancelled) return Outcome::wasCancelled();
    std::span<const uint8_t> bytes;
    if (const Outcome read = file.readFilter(index, buffer, bytes); !read.ok()) return read;
    if (const Outcome read = file.readData(index, buffer, bytes); !read.ok()) return read;
  }
  return {};
}

/// Blocks restored side by side and handed over in order. Block n lies in slot n modulo their number.
class BlockLine {
 public:
  BlockLine(const DeltaFile& file, std::span<uint8_t> room) : file_(file), room_(room), slots_(room.size() / kBlockOutputBytes) {}

  /// A worker's life.
  void work(BlockDecoder& decoder) {
    for (;;) {
      uint64_t block;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return isStopped_ || next_ == file_.blocks() || next_ < taken_ + slots_; });
        if (isStopped_ || next_ == file_.blocks()) return;
        block = next_++;
      }
      const Outcome outcome = decoder.restore(block, bytesOf(block));
      const std::lock_guard lock(mutex_);
      if (!outcome.ok() && !isStopped_) {
        failure_ = outcome;
        isStopped_ = true;
      }
      done_[block % slots_] = block;
      changed_.notify_all();
    }
  }
  /// The next block in order, valid until the next call.
  Outcome take(uint64_t block, std::span<const uint8_t>& bytes) {
    std::unique_lock lock(mutex_);
    taken_ = block;
    changed_.notify_all();
    changed_.wait(lock, [&] { return isStopped_ || done_[block % slots_] == block; });
    if (isStopped_) return failure_;
    bytes = bytesOf(block);
    return {};
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    isStopped_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr uint64_t kNone = UINT64_MAX;

  std::span<uint8_t> bytesOf(uint64_t block) const {
    return room_.subspan(block % slots_ * kBlockOutputBytes, file_.outputBytes(block));
  }

  const DeltaFile& file_;
  std::span<uint8_t> room_;
  size_t slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_ = 0;
  uint64_t taken_ = 0;
  bool isStopped_ = false;
  Outcome failure_;
  std::array<uint64_t, kMostWorkers + 2> done_ = [] {
    std::array<uint64_t, kMostWorkers + 2> none;
    none.fill(kNone);
    return none;
  }();
};

/// Takes the blocks in order until one fails.
Outcome writeBlocks(const DeltaFile& file, int output, BlockLine& line, Progress& progress, RestoreCounts& counts) {
  Sha256 hash;
  for (uint64_t block = 0; block < file.blocks(); ++block) {
    if (progress.cancelled) return Outcome::wasCancelled();
    std::span<const uint8_t> bytes;
    if (const Outcome taken = line.take(block, bytes); !taken.ok()) return taken;
    hash.update(bytes);
    if (output >= 0) {
      if (const Outcome written = writeAll(output, bytes); !written.ok()) return written;
    }
    counts.outputBytes += bytes.size();
    progress.done += bytes.size();
  }
  counts.sha256 = hash.digest();
  return {};
}

}  // namespace

Outcome restoreAll(const RestoreRequest& request, Grant memory, Progress& progress, RestoreCounts& counts) {
  DeltaFile file;
  if (const Outcome opened = file.open(request.deltas, request.deltasBytes, memory); !opened.ok()) return opened;
  counts = {.records = file.header().records, .wantedSha256 = file.header().inputSha256};
  progress.total = file.header().inputBytes;

  const size_t each = sizeof(BlockDecoder) + BlockDecoder::fewestBytes() + kBlockOutputBytes;
  const size_t fitting = memory.freeBytes() < each + kBlockOutputBytes ? 0 : (memory.freeBytes() - kBlockOutputBytes) / each;
  if (fitting == 0) return Outcome::lacksMemory(each + kBlockOutputBytes - memory.freeBytes());
  const unsigned workers = static_cast<unsigned>(std::min<size_t>({fitting, std::max(request.threads, 1u), kMostWorkers}));
  const std::span<uint8_t> room = memory.take<uint8_t>((workers + 1) * kBlockOutputBytes);
  // The checks have the room of the output for a buffer.
  if (const Outcome checked = checkRepresentatives(request, file.header(), room.first(kReadBytes), progress); !checked.ok()) {
    return checked;
  }
  if (const Outcome checked = checkBlocks(file, room, progress); !checked.ok()) return checked;

  BlockLine line(file, room);
  const std::span<BlockDecoder> decoders = memory.take<BlockDecoder>(workers);
  if (decoders.empty()) return Outcome::lacksMemory(workers * sizeof(BlockDecoder));
  const size_t share = memory.freeBytes() / workers;
  Outcome outcome;
  std::array<Thread, kMostWorkers> threads;
  for (unsigned worker = 0; worker < workers && outcome.ok(); ++worker) {
    BlockDecoder* decoder = new (&decoders[worker]) BlockDecoder();
    outcome = decoder->start(file, request.representatives, memory.split(share));
    if (!outcome.ok()) break;
    const Status started = threads[worker].start("mm-restore", [&line, decoder] { line.work(*decoder); });
    if (!started.ok()) outcome = Outcome::failed(started);
  }
  if (outcome.ok()) outcome = writeBlocks(file, request.output, line, progress, counts);
  line.stop();
  for (Thread& thread : threads) thread.join();
  if (outcome.ok() && counts.sha256 != counts.wantedSha256) {
    return Outcome::malformedAt(0, "what was restored is not what was reduced");
  }
  return outcome;
}

namespace {

/// The names that are looked for, by hash.
class WantedNames {
 public:
  WantedNames(std::span<const std::span<const uint8_t>> names, std::span<uint32_t> order, std::span<uint64_t> hashes)
      : names_(names), order_(order), hashes_(hashes) {
    for (size_t index = 0; index < names.size(); ++index) {
      hashes_[index] = nameHash(names[index]);
      order_[index] = static_cast<uint32_t>(index);
    }
    std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return hashes_[a] < hashes_[b]; });
  }

  bool mayBeIn(std::span<const uint8_t> filter) const {
    return std::any_of(hashes_.begin(), hashes_.end(), [filter](uint64_t hash) { return mayHold(filter, hash); });
  }
  bool holds(std::span<const uint8_t> name) const {
    const uint64_t hash = nameHash(name);
    auto at = std::lower_bound(order_.begin(), order_.end(), hash,
                               [this](uint32_t index, uint64_t wanted) { return hashes_[index] < wanted; });
    for (; at != order_.end() && hashes_[*at] == hash; ++at) {
      if (std::equal(name.begin(), name.end(), names_[*at].begin(), names_[*at].end())) return true;
    }
    return false;
  }

 private:
  std::span<const std::span<const uint8_t>> names_;
  std::span<uint32_t> order_;
  std::span<uint64_t> hashes_;
};

}  // namespace

Outcome restoreNamed(const RestoreRequest& request, std::span<const std::span<const uint8_t>> names, Grant memory,
                     Progress& progress, uint64_t& found) {
  found = 0;
  DeltaFile file;
  if (const Outcome opened = file.open(request.deltas, request.deltasBytes, memory); !opened.ok()) return opened;
  if (request.representativesBytes != file.header().representativesBytes) {
    return Outcome::malformedAt(0, "the representatives are not those the delta file was made with");
  }
  const std::span<uint32_t> order = memory.take<uint32_t>(names.size());
  const std::span<uint64_t> hashes = memory.take<uint64_t>(names.size());
  const std::span<uint8_t> room = memory.take<uint8_t>(kBlockOutputBytes);
  const std::span<BlockDecoder> place = memory.take<BlockDecoder>(1);
  if (order.size() != names.size() || hashes.size() != names.size() || room.empty() || place.empty()) {
    return Outcome::lacksMemory(kBlockOutputBytes + sizeof(BlockDecoder) + BlockDecoder::fewestBytes());
  }
  BlockDecoder& decoder = *new (place.data()) BlockDecoder();
  if (const Outcome started = decoder.start(file, request.representatives, memory); !started.ok()) return started;
  const WantedNames wanted(names, order, hashes);
  progress.total = file.blocks();
  bool goesOn = false;
  for (uint64_t block = 0; block < file.blocks(); ++block) {
    if (progress.cancelled) return Outcome::wasCancelled();
    ++progress.done;
    std::span<const uint8_t> filter;
    if (const Outcome read = file.readFilter(block, room, filter); !read.ok()) return read;
    if (!goesOn && !wanted.mayBeIn(filter)) continue;
    const std::span<uint8_t> bytes = room.first(file.outputBytes(block));
    if (const Outcome restored = decoder.restore(block, bytes); !restored.ok()) return restored;
    const std::span<const uint32_t> starts = decoder.recordStarts();
    size_t at = 0;
    for (size_t record = 0; record <= starts.size(); ++record) {
      const size_t end = record < starts.size() ? starts[record] : bytes.size();
      if (goesOn) {
        if (const Outcome written = writeAll(request.output, bytes.subspan(at, end - at)); !written.ok()) return written;
      }
      if (record == starts.size()) break;
      at = end;
      goesOn = at < bytes.size() && wanted.holds(firstWord(bytes.subspan(at + 1)));
      found += goesOn ? 1 : 0;
    }
  }
  return {};
}

}  // namespace mm
