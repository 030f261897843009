#include "cluster_round.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace mm {

namespace {

/// Representatives a record is compared with, in all rounds.
constexpr uint32_t kMostTried = UINT8_MAX;
/// Sequences of a step, and room for their sketches.
constexpr size_t kStepSequences = 256;
constexpr size_t kStepKmers = size_t{1} << 17;
/// Of a sketch, that few shared ones say something.
constexpr uint64_t kManyKmers = 16;
constexpr uint64_t kScale = 10000;
constexpr size_t kPieceBytes = size_t{1} << 16;
constexpr size_t kFewestBlockBytes = size_t{1} << 20;
constexpr size_t kMostBlockBytes = size_t{1} << 23;

uint64_t comparedLength(uint64_t longest) {
  return std::min(longest, kLongestCompared - 1);
}

size_t longestPayload(const ClusterRequest& request, uint64_t longest) {
  return (request.longestPayloadBytes != 0 ? request.longestPayloadBytes : comparedLength(longest)) + 64;
}

size_t blockBytes(size_t payload, size_t kmers) {
  return std::max(payload + StoredSketch::bytes(std::min(kmers, StoredSketch::kMostKmers)), kFewestBlockBytes);
}

size_t stepKmers(const SketchShape& shape, uint64_t longest) {
  return std::max(kStepKmers, shape.mostKmers(comparedLength(longest)));
}

}  // namespace

size_t ClusterRound::fewestBytes(const ClusterRequest& request, uint64_t longest) {
  const SketchShape shape = SketchShape::of(request.alphabet, request.identity, request.bothStrands);
  const uint64_t compared = comparedLength(longest);
  const size_t kmers = shape.mostKmers(compared);
  const size_t worker =
      sizeof(ClusterWorker) + CandidateFinder::bytes(kmers) + Comparison::bytes(compared, kmers) + 128;
  const size_t columns = SequenceBuffer::kColumnBytes + sizeof(State) + sizeof(uint32_t);
  const size_t payload = longestPayload(request, longest);
  return request.threads * worker + WorkTeam::bytes(request.threads) + Comparison::poolBytes(request.threads) +
         (request.batchRecords + 1) * columns + (stepKmers(shape, longest) + kmers + 1) * sizeof(SketchKmer) +
         kStepSequences * (sizeof(uint32_t) + sizeof(size_t)) + kPieceBytes + KmerCensus::kBytes + 1024 +
         blockBytes(payload, kmers) + Representatives::fewestBytes(payload, kmers);
}

Outcome ClusterRound::create(Grant memory, uint64_t longest) {
  longest_ = longest;
  const uint64_t compared = comparedLength(longest);
  const size_t kmers = shape_.mostKmers(compared);
  const size_t payload = longestPayload(request_, longest);
  const size_t fewest = fewestBytes(request_, longest);
  const auto lacks = [&] { return Outcome::lacksMemory(fewest); };
  if (memory.freeBytes() < fewest) return lacks();
  const size_t spare = memory.freeBytes() - fewest;
  const size_t block = blockBytes(payload, kmers) + std::min(spare / 16, kMostBlockBytes);
  // One more than asked for: the last one of the batch before is kept.
  const size_t sequences = size_t{request_.batchRecords} + 1;
  workers_ = memory.take<ClusterWorker>(request_.threads);
  if (workers_.empty() || !Comparison::createPool(memory, request_.threads, pool_)) return lacks();
  for (ClusterWorker& place : workers_) {
    auto* worker = new (&place) ClusterWorker();
    if (!worker->finder.create(memory, kmers, request_.prefetchDistance)) return lacks();
    if (!worker->comparison.create(memory, request_, shape_.k, compared, kmers, pool_, progress_.cancelled)) {
      return lacks();
    }
  }
  states_ = memory.take<State>(sequences);
  chosen_ = memory.take<uint32_t>(sequences);
  sketches_ = memory.take<SketchKmer>(stepKmers(shape_, longest));
  stepKmers_ = memory.take<SketchKmer>(std::max<size_t>(kmers, 1));
  sketchSizes_ = memory.take<uint32_t>(kStepSequences);
  sketchStarts_ = memory.take<size_t>(kStepSequences);
  piece_ = memory.take<uint8_t>(kPieceBytes);
  const auto census = memory.take<uint8_t>(KmerCensus::kBytes);
  if (!SequenceBuffer::create(memory, sequences, block, buffer_) || census.empty()) return lacks();
  census_ = KmerCensus(census);
  const Outcome started = team_.start(memory, request_.threads);
  if (!started.ok()) return started;
  const uint64_t expectedKmers = request_.residues / shape_.density;
  return representatives_.create(memory, request_.alphabet, expectedKmers) ? Outcome{} : lacks();
}

Outcome ClusterRound::run(RoundReader& reader, RoundWriter& writer) {
  representatives_.clear();
  buffer_.clear();
  hasCarried_ = false;
  isClosed_ = false;
  for (bool isAtEnd = false; !isAtEnd;) {
    if (const Outcome filled = fill(reader, isAtEnd); !filled.ok()) return filled;
    clusterBatch(writer);
    if (!outcome_.ok()) return outcome_;
    keepLast();
  }
  // Not even the first one had room: another round would be the same.
  if (isClosed_ && representatives_.count() == 0) {
    return Outcome::lacksMemory(fewestBytes(request_, longest_));
  }
  for (ClusterWorker& worker : workers_) {
    counts_.alignments += worker.alignments;
    worker.alignments = 0;
  }
  for (uint32_t index = 0; index < representatives_.count(); ++index) {
    counter_.addCluster(representatives_[index].clusterSize);
  }
  return {};
}

// Batches.

/// Whether the record has the same residues as the last one in the buffer that is not a duplicate itself.
Outcome ClusterRound::repeatsLast(RoundReader& reader, const RoundRecord& record, bool& repeats) {
  repeats = record.payloadBytes == 0;
  if (repeats || buffer_.count() == 0) return {};
  const RankKey rank = RankKey::from(record.key);
  const RankKey last = buffer_.rank(lastMaster_);
  const std::span<const uint8_t> payload = buffer_.payload(lastMaster_);
  if (rank.length != last.length || rank.hash48 != last.hash48 || rank.length >= kLongestCompared) return {};
  if (record.payloadBytes != payload.size()) return {};
  for (size_t at = 0; at < payload.size(); at += piece_.size()) {
    const std::span<uint8_t> piece = piece_.first(std::min(piece_.size(), payload.size() - at));
    if (const Outcome read = reader.read(at, piece); !read.ok()) return read;
    if (!std::equal(piece.begin(), piece.end(), payload.begin() + static_cast<ptrdiff_t>(at))) return {};
  }
  repeats = true;
  return {};
}

Outcome ClusterRound::fillOne(RoundReader& reader, const RoundRecord& record, bool& fits) {
  fits = !buffer_.isFull();
  if (!fits) return {};
  bool repeats = false;
  if (const Outcome compared = repeatsLast(reader, record, repeats); !compared.ok()) return compared;
  const size_t index = buffer_.count();
  states_[index] = State::open;
  if (repeats) {
    buffer_.append(record.key, 0, 0, 0);
    return {};
  }
  const bool isCompared = RankKey::from(record.key).length < kLongestCompared;
  // Of what is never compared only the number counts.
  const size_t payloadBytes = isCompared ? record.payloadBytes : 1;
  const size_t bytes = payloadBytes + record.sketchBytes;
  if (buffer_.freeBytes() < bytes && hasCarried_ && index == 1) {
    // Nothing repeats the one that was kept.
    buffer_.clear();
    hasCarried_ = false;
    return fillOne(reader, record, fits);
  }
  fits = buffer_.freeBytes() >= bytes;
  if (!fits) return index == 0 ? Outcome::lacksMemory(bytes) : Outcome{};
  if (isCompared) {
    if (const Outcome read = reader.read(0, {buffer_.end(), bytes}); !read.ok()) return read;
  }
  buffer_.append(record.key, payloadBytes, record.sketchBytes, record.tried);
  lastMaster_ = index;
  return {};
}

Outcome ClusterRound::fill(RoundReader& reader, bool& isAtEnd) {
  for (;;) {
    RoundRecord record;
    bool hasRecord = false;
    if (const Outcome read = reader.peek(record, hasRecord); !read.ok()) return read;
    isAtEnd = !hasRecord;
    if (isAtEnd) return {};
    bool fits = false;
    if (const Outcome filled = fillOne(reader, record, fits); !filled.ok() || !fits) return filled;
    reader.advance();
  }
}

/// The next batch may begin with duplicates of it.
void ClusterRound::keepLast() {
  if (buffer_.count() == 0) return;
  buffer_.keepOnly(lastMaster_);
  states_[0] = states_[lastMaster_];
  chosen_[0] = chosen_[lastMaster_];
  lastMaster_ = 0;
  hasCarried_ = true;
}

size_t ClusterRound::endOfDuplicates(size_t index) const {
  size_t end = index + 1;
  while (end < buffer_.count() && buffer_.isDuplicate(end)) ++end;
  return end;
}

// Steps.

/// Sequences whose sketches are held together.
size_t ClusterRound::endOfStep(size_t begin) {
  size_t kmers = 0;
  size_t at = begin;
  for (; at < buffer_.count() && at - begin < kStepSequences; ++at) {
    const bool hasSketch = !buffer_.isDuplicate(at) && isCompared(at);
    const size_t more = hasSketch ? shape_.mostKmers(buffer_.length(at)) : 0;
    if (kmers + more > sketches_.size()) break;
    sketchStarts_[at - begin] = kmers;
    sketchSizes_[at - begin] = 0;
    kmers += more;
  }
  return at;
}

void ClusterRound::clusterBatch(RoundWriter& writer) {
  size_t begin = 0;
  if (hasCarried_) {
    begin = endOfDuplicates(0);
    if (begin > 1) joinCarried(begin, writer);
  }
  while (begin < buffer_.count() && !isStopped()) {
    const size_t end = endOfStep(begin);
    const uint32_t firstOfStep = representatives_.count();
    stepFilter_.clear();
    team_.run(end - begin,
              [&](unsigned worker, size_t item) { compareWithOlder(workers_[worker], begin, begin + item); });
    for (size_t index = begin; index < end && !isStopped(); ++index) {
      if (buffer_.isDuplicate(index) || states_[index] != State::open) continue;
      const size_t place = index - begin;
      decide(index, sketches_.subspan(sketchStarts_[place], sketchSizes_[place]), firstOfStep, writer);
    }
    begin = end;
  }
}

/// The part of all threads: against the representatives from before the step.
void ClusterRound::compareWithOlder(ClusterWorker& worker, size_t begin, size_t index) {
  if (isStopped() || buffer_.isDuplicate(index) || !isCompared(index)) return;
  if (!openMember(worker, index)) return;
  const size_t place = index - begin;
  const size_t room = shape_.mostKmers(buffer_.length(index));
  const auto kmers = sketch(worker, index, sketches_.subspan(sketchStarts_[place], room));
  sketchSizes_[place] = static_cast<uint32_t>(kmers.size());
  Assignment assignment;
  worker.finder.start(representatives_, kmers, 0);
  if (!isTaken(worker, index, kmers.size(), assignment)) return;
  settle(worker, index, endOfDuplicates(index), index, assignment);
}

/// The part of one thread, in rank order: against the representatives of the step, or to become one.
void ClusterRound::decide(size_t index, std::span<const SketchKmer> kmers, uint32_t firstOfStep, RoundWriter& writer) {
  const size_t end = endOfDuplicates(index);
  ClusterWorker& worker = workers_[0];
  size_t shared = 0;
  for (const SketchKmer& kmer : kmers) {
    if (stepFilter_.has(kmer.key)) stepKmers_[shared++] = kmer;
  }
  Assignment assignment;
  worker.finder.start(representatives_, stepKmers_.first(shared), firstOfStep);
  if (shared != 0 && openMember(worker, index) && isTaken(worker, index, kmers.size(), assignment)) {
    return settle(worker, index, end, index, assignment);
  }
  const RankKey rank = buffer_.rank(index);
  isClosed_ = isClosed_ || !representatives_.add(rank.number, rank.length, buffer_.payload(index), kmers, census_);
  if (isClosed_) return leave(index, end, kmers, writer);
  for (const SketchKmer& kmer : kmers) stepFilter_.add(kmer.key);
  states_[index] = State::representative;
  chosen_[index] = representatives_.count() - 1;
  ++counts_.representatives;
  progress_.done.fetch_add(1, std::memory_order_relaxed);
  settleDuplicates(index + 1, end, index);
}

/// Duplicates of the last sequence of the batch before, up to `end`.
void ClusterRound::joinCarried(size_t end, RoundWriter& writer) {
  if (states_[0] == State::left) return leave(1, end, {}, writer);
  if (states_[0] == State::representative) return settleDuplicates(1, end, 0);
  ClusterWorker& worker = workers_[0];
  Assignment assignment;
  // What took it takes it again.
  const uint32_t representative = chosen_[0];
  if (!openMember(worker, 0)) return;
  buffer_.setTried(0, 0);
  const uint64_t alignments = worker.alignments;
  const auto kmers = sketch(worker, 0, sketches_);
  worker.finder.start(representatives_, kmers, representative);
  if (isTaken(worker, 0, kmers.size(), assignment)) settle(worker, 1, end, 0, assignment);
  worker.alignments = alignments;
}

bool ClusterRound::openMember(ClusterWorker& worker, size_t index) {
  PackedResidues residues;
  if (!readPackedPayload(buffer_.payload(index), buffer_.length(index), request_.alphabet, residues)) {
    fail(Outcome::failed({EIO, "payload"}));
    return false;
  }
  worker.comparison.setMember(residues);
  return true;
}

std::span<const SketchKmer> ClusterRound::sketch(ClusterWorker& worker, size_t index, std::span<SketchKmer> room) {
  if (const auto stored = buffer_.storedSketch(index); !stored.empty()) return StoredSketch::read(stored, room);
  const uint64_t length = buffer_.length(index);
  Sketcher sketcher(shape_, length, room.first(shape_.mostKmers(length)));
  for (uint64_t at = 0; at < length && !isStopped();) {
    const uint64_t end = std::min<uint64_t>(length, at + worker.comparison.pieceLength());
    sketcher.feed(worker.comparison.memberPiece(at, end));
    at = end;
  }
  return sketcher.finish();
}

/// K-mers a representative shares at least to be compared: half of what is likely at the lowest identity and coverage
/// that pass. Far below it hardly anything passes, and most candidates are there.
size_t ClusterRound::fewestShared(size_t sketchSize, uint64_t length, uint64_t representativeLength) const {
  const uint64_t comparable = sketchSize * shape_.densityFor(length) / shape_.densityFor(representativeLength);
  if (comparable < kManyKmers) return 1;
  uint64_t share = request_.coverage;
  for (uint32_t at = 0; at < shape_.weight(); ++at) share = share * request_.identity / kScale;
  return std::max<size_t>(2, comparable * share / (2 * kScale));
}

/// Whether one of the representatives that the worker's finder has takes the member that is open: the one of the lowest
/// rank.
bool ClusterRound::isTaken(ClusterWorker& worker, size_t index, size_t sketchSize, Assignment& assignment) {
  uint32_t tried = buffer_.tried(index);
  uint32_t representative = 0;
  std::span<const SharedKmer> shared;
  bool isTaken = false;
  while (!isTaken && tried < kMostTried && !isStopped() && worker.finder.next(representative, shared)) {
    const uint64_t length = representatives_[representative].length;
    if (shared.size() < fewestShared(sketchSize, buffer_.length(index), length)) continue;
    PackedResidues residues;
    if (!representatives_.residues(representative, residues)) {
      fail(Outcome::failed({EIO, "payload"}));
      return false;
    }
    ++tried;
    isTaken = worker.comparison.passes(residues, shared, assignment);
  }
  worker.alignments += tried - buffer_.tried(index);
  buffer_.setTried(index, static_cast<uint8_t>(tried));
  if (!isTaken) return false;
  chosen_[index] = representative;
  states_[index] = State::member;
  assignment.representative = representatives_[representative].number;
  return true;
}

// What becomes of them.

/// The sequences [first, end) are as `master` is.
void ClusterRound::settle(ClusterWorker& worker, size_t first, size_t end, size_t master,
                          const Assignment& assignment) {
  const std::lock_guard lock(mutex_);
  for (size_t index = first; index < end; ++index) {
    const Outcome written = write(worker, index, assignment);
    if (!written.ok() && outcome_.ok()) {
      outcome_ = written;
      hasFailed_.store(true, std::memory_order_relaxed);
    }
    counter_.addMember(assignment.matches, assignment.columns, index != master);
  }
  representatives_[chosen_[master]].clusterSize += end - first;
  progress_.done.fetch_add(end - first, std::memory_order_relaxed);
}

/// The sequences [first, end) are the same as `master`, which is a representative.
void ClusterRound::settleDuplicates(size_t first, size_t end, size_t master) {
  if (first == end) return;
  const RankKey rank = buffer_.rank(master);
  Assignment whole{};
  whole.representative = rank.number;
  whole.memberLength = whole.memberEnd = whole.representativeEnd = whole.matches = whole.columns = rank.length;
  settle(workers_[0], first, end, master, whole);
}

Outcome ClusterRound::write(ClusterWorker& worker, size_t index, const Assignment& assignment) {
  std::array<uint8_t, kMostHeaderBytes> header;
  const size_t headerBytes = writeAssignmentHeader(assignment, header);
  if (const Outcome begun = assignments_.begin(); !begun.ok()) return begun;
  if (const Outcome added = assignments_.append(std::span(header).first(headerBytes)); !added.ok()) return added;
  if (const Outcome added = assignments_.append(assignment.operations); !added.ok()) return added;
  const auto appendMember = [&](uint64_t at, uint64_t end) {
    while (at < end) {
      const uint64_t pieceEnd = std::min<uint64_t>(end, at + worker.comparison.pieceLength());
      const Outcome added = assignments_.append(worker.comparison.memberPiece(at, pieceEnd));
      if (!added.ok()) return added;
      at = pieceEnd;
    }
    return Outcome{};
  };
  const AlignedSpan aligned = assignment.aligned();
  if (const Outcome head = appendMember(0, aligned.memberStart); !head.ok()) return head;
  if (const Outcome tail = appendMember(aligned.memberEnd, assignment.memberLength); !tail.ok()) return tail;
  return assignments_.commit({buffer_.rank(index).number, 0});
}

/// sketch: of the first one. Those behind it are its duplicates.
void ClusterRound::leave(size_t first, size_t end, std::span<const SketchKmer> sketch, RoundWriter& writer) {
  for (size_t index = first; index < end; ++index) {
    const RoundRecord record{.key = buffer_.header(index), .tried = buffer_.tried(index)};
    const Outcome written = writer.add(record, buffer_.payload(index), index == first ? sketch : std::span<const SketchKmer>{});
    if (!written.ok()) return fail(written);
    states_[index] = State::left;
  }
}

bool ClusterRound::isStopped() {
  if (progress_.cancelled.load(std::memory_order_relaxed)) fail(Outcome::wasCancelled());
  return hasFailed_.load(std::memory_order_relaxed);
}

void ClusterRound::fail(const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome_.ok()) outcome_ = outcome;
  hasFailed_.store(true, std::memory_order_relaxed);
}

}  // namespace mm
