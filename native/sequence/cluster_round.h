#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>

#include "../core/work_team.h"
#include "candidates.h"
#include "cluster.h"
#include "cluster_counter.h"
#include "comparison.h"
#include "representatives.h"
#include "round_file.h"
#include "sequence_buffer.h"

namespace mm {

/// Which k-mers the representatives of a step may have: small enough for the nearest cache, so that the one thread that
/// puts a step in order seldom has to look into the table.
class StepFilter {
 public:
  void clear() { bits_.fill(0); }
  void add(uint64_t key) { bits_[word(key)] |= uint64_t{1} << (key & 63); }
  bool has(uint64_t key) const { return (bits_[word(key)] >> (key & 63) & 1) != 0; }

 private:
  static constexpr size_t kWords = size_t{1} << 11;
  static size_t word(uint64_t key) { return key >> 6 & (kWords - 1); }
  std::array<uint64_t, kWords> bits_{};
};

/// What each thread works with.
struct ClusterWorker {
  CandidateFinder finder;
  Comparison comparison;
  uint64_t alignments = 0;
};

/// Greedy clustering of batches in rank order, until the representatives fill their memory: what comes behind is only
/// compared with those that are there, and what none of them takes goes to the next round.
///
/// A batch goes in steps. First all threads compare the records of a step with the representatives from before it; then
/// one thread goes through those that are left in order, compares them with the step's own and adds representatives.
/// That gives what one record after the other would.
class ClusterRound {
 public:
  ClusterRound(const ClusterRequest& request, ExternalSorter& assignments, Progress& progress, ClusterCounts& counts)
      : request_(request),
        shape_(SketchShape::of(request.alphabet, request.identity, request.bothStrands)),
        assignments_(assignments),
        progress_(progress),
        counts_(counts),
        counter_(counts) {}
  ClusterRound(const ClusterRound&) = delete;
  ClusterRound& operator=(const ClusterRound&) = delete;

  /// For sequences up to this length.
  Outcome create(Grant memory, uint64_t longest);
  static size_t fewestBytes(const ClusterRequest& request, uint64_t longest);

  /// All records of the reader; those left over go to the writer.
  Outcome run(RoundReader& reader, RoundWriter& writer);

 private:
  enum class State : uint8_t { open, member, representative, left };

  Outcome fill(RoundReader& reader, bool& isAtEnd);
  Outcome fillOne(RoundReader& reader, const RoundRecord& record, bool& fits);
  Outcome repeatsLast(RoundReader& reader, const RoundRecord& record, bool& repeats);
  void keepLast();
  bool isCompared(size_t index) const { return buffer_.length(index) < kLongestCompared; }
  size_t endOfDuplicates(size_t index) const;

  void clusterBatch(RoundWriter& writer);
  size_t endOfStep(size_t begin);
  void compareWithOlder(ClusterWorker& worker, size_t begin, size_t index);
  void decide(size_t index, std::span<const SketchKmer> sketch, uint32_t firstOfStep, RoundWriter& writer);
  void joinCarried(size_t end, RoundWriter& writer);

  bool openMember(ClusterWorker& worker, size_t index);
  std::span<const SketchKmer> sketch(ClusterWorker& worker, size_t index, std::span<SketchKmer> room);
  bool isTaken(ClusterWorker& worker, size_t index, size_t sketchSize, Assignment& assignment);
  size_t fewestShared(size_t sketchSize, uint64_t length, uint64_t representativeLength) const;
  void settle(ClusterWorker& worker, size_t first, size_t end, size_t master, const Assignment& assignment);
  void settleDuplicates(size_t first, size_t end, size_t master);
  void leave(size_t first, size_t end, std::span<const SketchKmer> sketch, RoundWriter& writer);
  Outcome write(ClusterWorker& worker, size_t index, const Assignment& assignment);
  bool isStopped();
  void fail(const Outcome& outcome);

  ClusterRequest request_;
  SketchShape shape_;
  ExternalSorter& assignments_;
  Progress& progress_;
  ClusterCounts& counts_;
  ClusterCounter counter_;

  WorkTeam team_;
  AlignmentPool pool_;
  std::span<ClusterWorker> workers_;
  SequenceBuffer buffer_;
  /// Of the sequences in the buffer.
  std::span<State> states_;
  std::span<uint32_t> chosen_;
  /// Of those of the step, one behind the other; how large each is and where it begins.
  std::span<SketchKmer> sketches_;
  std::span<uint32_t> sketchSizes_;
  std::span<size_t> sketchStarts_;
  StepFilter stepFilter_;
  std::span<SketchKmer> stepKmers_;
  std::span<uint8_t> piece_;
  KmerCensus census_;
  Representatives representatives_;
  uint64_t longest_ = 0;
  size_t lastMaster_ = 0;
  bool hasCarried_ = false;
  bool isClosed_ = false;

  std::mutex mutex_;
  Outcome outcome_;
  std::atomic<bool> hasFailed_{false};
};

}  // namespace mm
