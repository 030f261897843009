#pragma once

#include <memory>
#include <optional>
#include <span>

#include "../core/linux/region.h"
#include "../sequence/ingest.h"
#include "../sequence/reduced_output.h"
#include "../sequence/representative_bytes.h"

namespace mm {

/// The memory and the temporary files of one reduction, from its first stage to its last.
class Reduction {
 public:
  struct Files {
    int rank;
    int assignments;
    int rows;
    int firstRound;
    int secondRound;
  };

  struct Options {
    size_t rankBytes;
    size_t assignmentBytes;
    uint64_t diskLimitBytes;
    /// For more than one cluster(): what is read of the ranks is not given back.
    bool keepsRanks;
  };

  /// The region holds the assignment sorter's bytes, then the rank sorter's; the stages share the rest, and the clustering what the ranks
  /// need no more of theirs. It is pinned until the end.
  Reduction(std::shared_ptr<Region> region, const Options& options, const Files& files);
  ~Reduction();
  Reduction(const Reduction&) = delete;
  Reduction& operator=(const Reduction&) = delete;

  Outcome ingest(const IngestRequest& request);
  /// In place of what the one before found out, if it is not the first.
  Outcome cluster(const ClusterRequest& request);
  /// After cluster().
  Outcome measure(const InputWindowsRequest& request);
  Outcome write(const OutputRequest& request);

  enum class Sorter { ranks, assignments };
  /// Makes the files hold what the next stage needs, after the stage that found it out. With `onlySpilled` nothing is done for records that
  /// are in memory.
  Outcome persist(Sorter sorter, bool onlySpilled);
  /// In place of the stages up to that sorter's. `input` is what ingest found out.
  Outcome adopt(Sorter sorter, const SorterDescription& description, const IngestCounts& input);
  /// After cluster(): nothing needs the ranks any more, and the disk has their bytes again.
  Outcome forgetRanks() { return rankFile_.clear(); }
  /// What the last persist() did, if anything.
  const std::optional<SorterDescription>& persisted() const { return persisted_; }

  const IngestCounts& ingestCounts() const { return ingestCounts_; }
  const ClusterCounts& clusterCounts() const { return clusterCounts_; }
  uint64_t representativeBytes() const { return representativeBytes_; }
  const OutputCounts& outputCounts() const { return outputCounts_; }
  const DiskAllowance& disk() const { return disk_; }
  const std::shared_ptr<Progress>& progress() const { return progress_; }

 private:
  ExternalSorter& sorterOf(Sorter sorter) { return sorter == Sorter::ranks ? byRank_ : *assignments_; }
  Outcome compareAnew();

  std::shared_ptr<Region> region_;
  std::span<uint8_t> assignmentMemory_;
  std::span<uint8_t> rankMemory_;
  std::span<uint8_t> stage_;
  DiskAllowance disk_;
  std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  SpillFile rankFile_;
  SpillFile assignmentFile_;
  SpillFile rowFile_;
  SpillFile firstRound_;
  SpillFile secondRound_;
  ExternalSorter byRank_;
  std::optional<ExternalSorter> assignments_;
  bool hasCompared_ = false;
  IngestCounts ingestCounts_;
  ClusterCounts clusterCounts_;
  uint64_t representativeBytes_ = 0;
  OutputCounts outputCounts_;
  std::optional<SorterDescription> persisted_;
};

}  // namespace mm
