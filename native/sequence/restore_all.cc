#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <new>

#include "../core/linux/output_file.h"
#include "../core/linux/thread.h"
#include "../core/sha256.h"
#include "../core/xxh64.h"
#include "block_decoder.h"
#include "reduced_output.h"

namespace mm {

namespace {

constexpr unsigned kMostWorkers = 64;
constexpr size_t kReadBytes = size_t{1} << 20;

/// Of a worker, with the block it is ahead, and what is lost between two ranges.
size_t workerBytes() {
  return sizeof(BlockDecoder) + BlockDecoder::fewestBytes() + kBlockOutputBytes + 256;
}

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
  BlockLine(const DeltaFile& file, std::span<uint8_t> room)
      : file_(file), room_(room), slots_(room.size() / kBlockOutputBytes) {}

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

size_t fewestRestoreBytes(unsigned threads) {
  return kBlockOutputBytes + threads * workerBytes();
}

Outcome restoreAll(const RestoreRequest& request, Grant memory, Progress& progress, RestoreCounts& counts) {
  DeltaFile file;
  if (const Outcome opened = file.open(request.deltas, request.deltasBytes, memory); !opened.ok()) return opened;
  counts = {.records = file.header().records, .wantedSha256 = file.header().inputSha256};
  progress.total = file.header().inputBytes;

  if (memory.freeBytes() < fewestRestoreBytes(1))
    return Outcome::lacksMemory(fewestRestoreBytes(1) - memory.freeBytes());
  const size_t fitting = (memory.freeBytes() - kBlockOutputBytes) / workerBytes();
  const unsigned workers =
      static_cast<unsigned>(std::min<size_t>({fitting, std::max(request.threads, 1u), kMostWorkers}));
  const std::span<uint8_t> room = memory.take<uint8_t>((workers + 1) * kBlockOutputBytes);
  // The checks have the room of the output for a buffer.
  if (const Outcome checked = checkRepresentatives(request, file.header(), room.first(kReadBytes), progress);
      !checked.ok()) {
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

}  // namespace mm
