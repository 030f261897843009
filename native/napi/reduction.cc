#include "reduction.h"

namespace mm {

Reduction::Reduction(std::shared_ptr<Region> region, size_t rankBytes, size_t assignmentBytes, const Files& files, uint64_t diskLimitBytes)
    : region_(std::move(region)),
      rankMemory_(region_->data() + assignmentBytes, rankBytes),
      stage_(region_->data() + assignmentBytes + rankBytes, region_->byteLength() - assignmentBytes - rankBytes),
      disk_{diskLimitBytes},
      rankFile_(files.rank, disk_),
      assignmentFile_(files.assignments, disk_),
      rowFile_(files.rows, disk_),
      firstRound_(files.firstRound, disk_),
      secondRound_(files.secondRound, disk_),
      byRank_(rankMemory_, rankFile_),
      assignments_({region_->data(), assignmentBytes}, assignmentFile_) {
  region_->pin();
}

Reduction::~Reduction() {
  region_->unpin();
}

Outcome Reduction::ingest(const IngestRequest& request) {
  const Outcome read = mm::ingest(request, byRank_, Grant(stage_), *progress_, ingestCounts_);
  return read.ok() ? byRank_.finish() : read;
}

Outcome Reduction::cluster(const ClusterRequest& request) {
  ClusterRequest whole = request;
  whole.residues = ingestCounts_.residues;
  const RoundFiles rounds{&firstRound_, &secondRound_};
  // What the ranks need no more is in front of the stage's.
  const std::span<uint8_t> memory(rankMemory_.data() + byRank_.usedBytes(), stage_.data() + stage_.size());
  const Outcome compared = mm::cluster(whole, byRank_, assignments_, rounds, Grant(memory), *progress_, clusterCounts_);
  return compared.ok() ? assignments_.finish() : compared;
}

Outcome Reduction::write(const OutputRequest& request) {
  // Nothing of the ranks is needed any more.
  ExternalSorter rows(rankMemory_, rowFile_);
  return writeReduced(request, assignments_, rows, Grant(stage_), *progress_, outputCounts_);
}

Outcome Reduction::persist(Sorter sorter, bool onlySpilled) {
  persisted_.reset();
  if (onlySpilled && !sorterOf(sorter).hasSpilled()) return {};
  SorterDescription description;
  const Outcome persisted = sorterOf(sorter).persist(description);
  if (persisted.ok()) persisted_ = description;
  return persisted;
}

Outcome Reduction::adopt(Sorter sorter, const SorterDescription& description, const IngestCounts& input) {
  ingestCounts_ = input;
  return sorterOf(sorter).adopt(description, *progress_);
}

}  // namespace mm
