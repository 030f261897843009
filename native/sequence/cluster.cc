#include "cluster.h"

#include <algorithm>

#include "cluster_round.h"

namespace mm {

namespace {

constexpr size_t kBlockBytes = RoundWriter::kBlockBytes;

}  // namespace

size_t fewestClusterBytes(const ClusterRequest& request, uint64_t longestLength) {
  return 2 * kBlockBytes + ClusterRound::fewestBytes(request, longestLength);
}

Outcome cluster(const ClusterRequest& request, ExternalSorter& byRank, ExternalSorter& assignments, RoundFiles files,
                Grant memory, Progress& progress, ClusterCounts& counts) {
  counts = {};
  progress.total.store(byRank.recordCount(), std::memory_order_relaxed);
  progress.done.store(0, std::memory_order_relaxed);
  const auto readBlock = memory.take<uint8_t>(kBlockBytes);
  const auto writeBlock = memory.take<uint8_t>(kBlockBytes);
  if (readBlock.empty() || writeBlock.empty()) return Outcome::lacksMemory(fewestClusterBytes(request, 0));
  RoundReader reader(readBlock);
  RoundWriter writer(writeBlock);
  reader.startWith(byRank);
  // The first one in rank order is the longest.
  RoundRecord first;
  bool hasRecord = false;
  if (const Outcome read = reader.peek(first, hasRecord); !read.ok() || !hasRecord) return read;
  ClusterRequest known = request;
  known.longestPayloadBytes = byRank.longestPayloadBytes();
  ClusterRound round(known, assignments, progress, counts);
  if (const Outcome created = round.create(memory, RankKey::from(first.key).length); !created.ok()) return created;
  for (SpillFile *left = files.first, *other = files.second;; std::swap(left, other)) {
    ++counts.rounds;
    if (const Outcome cleared = left->clear(); !cleared.ok()) return cleared;
    writer.start(*left);
    if (const Outcome done = round.run(reader, writer); !done.ok()) return done;
    if (const Outcome written = writer.finish(); !written.ok()) return written;
    if (writer.recordCount() == 0) return {};
    reader.startWith(*left);
  }
}

}  // namespace mm
