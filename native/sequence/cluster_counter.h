#pragma once

#include "assignment.h"
#include "cluster.h"

namespace mm {

/// Keeps the histograms of ClusterCounts.
class ClusterCounter {
 public:
  explicit ClusterCounter(ClusterCounts& counts) : counts_(counts) {}

  void addMember(uint64_t matches, uint64_t columns, bool isDuplicate) {
    ++counts_.members;
    counts_.exactDuplicates += isDuplicate;
    const uint64_t percentBelow = columns == 0 ? 0 : ((columns - matches) * 100 + columns - 1) / columns;
    ++counts_.identities[percentBelow < 50 ? percentBelow : 50];
  }
  /// When nothing can join it any more.
  void addCluster(uint64_t size) { ++counts_.clusterSizes[static_cast<size_t>(64 - __builtin_clzll(size))]; }

 private:
  ClusterCounts& counts_;
};

}  // namespace mm
