#include "sampler.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace mm::profile {
namespace {

/// Measurements come no closer than this, but for a new high.
constexpr double kMeasuringMs = 250;
/// A new high is one by so much at least.
constexpr double kHighShare = 1.02;
constexpr uint64_t kHighBytes = 256 * 1024;

/// How often a sum is measured that the kernel contradicts.
constexpr int kMostRounds = 2;
/// Charges are made in batches of 64 pages for each processor.
constexpr uint64_t kChargeBytes = 1024 * 1024;

double milliseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options)
    : options_(options),
      tree_(options.tree, out_),
      measurer_(out_, tree_.pageBytes()),
      measuring_(nowMs()),
      lastMeasuringMs_(nowMs() - kMeasuringMs),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (options.cgroupVersion == 0) return;
  cgroup_.emplace(options.cgroupFolder, options.cgroupVersion);
  firstReading_ = cgroup_->read();
}

double Sampler::nowMs() const {
  // To a thousandth: more would only be noise.
  return std::round((milliseconds(CLOCK_MONOTONIC) - options_.originMs) * 1000) / 1000;
}

Status Sampler::start() {
  if (wake_.get() < 0) return {EMFILE, "eventfd"};
  look(false);
  return thread_.start("mm-sampler", [this] { run(); });
}

void Sampler::stop() {
  isStopping_.store(true);
  wake();
  thread_.join();
}

void Sampler::measureNow() {
  isDemanded_.store(true);
  wake();
}

void Sampler::rootEnded(ExitFacts facts) {
  const std::lock_guard lock(mutex_);
  rootFacts_ = facts;
}

SamplerFigures Sampler::figures() const {
  SamplerFigures figures;
  {
    const std::lock_guard lock(mutex_);
    figures = figures_;
  }
  if (!cgroup_) return figures;
  figures.cgroupPeakBytes = cgroup_->peakBytes();
  figures.oomKills = cgroup_->oomKills();
  return figures;
}

void Sampler::wake() {
  const uint64_t one = 1;
  // Full means that a wake is waiting already.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof(one));
}

void Sampler::run() {
  tree_.checkPidCounter(static_cast<pid_t>(syscall(SYS_gettid)));
  const double startMs = milliseconds(CLOCK_MONOTONIC);
  double tick = 1;
  while (!isStopping_.load()) {
    const double leftMs = std::max(0.0, startMs + tick * options_.intervalMs - milliseconds(CLOCK_MONOTONIC));
    const timespec timeout{static_cast<time_t>(leftMs / 1000), static_cast<long>(std::fmod(leftMs, 1000) * 1e6)};
    pollfd woken{wake_.get(), POLLIN, 0};
    if (ppoll(&woken, 1, &timeout, nullptr) > 0) {
      uint64_t count;
      [[maybe_unused]] const ssize_t length = read(wake_.get(), &count, sizeof(count));
      if (isDemanded_.exchange(false)) look(true);
      continue;
    }
    look(false);
    // Ticks are where they were due, however long a look took; those that have gone by are not made up for.
    const double next = std::floor((milliseconds(CLOCK_MONOTONIC) - startMs) / options_.intervalMs) + 1;
    const std::lock_guard lock(mutex_);
    figures_.missedTicks += static_cast<uint64_t>(std::max(0.0, next - tick - 1));
    figures_.ticks += 1;
    figures_.cpuMs = milliseconds(CLOCK_THREAD_CPUTIME_ID);
    tick = next;
  }
  look(false);
  tree_.close();
}

void Sampler::look(bool isDemanded) {
  {
    const std::lock_guard lock(mutex_);
    if (rootFacts_) tree_.rootEnded(*rootFacts_);
    rootFacts_.reset();
  }
  applyTraced();
  const double atMs = nowMs();
  tree_.update(atMs, isDemanded || isStopping_.load());
  writeTree(atMs, measureAll(atMs, isDemanded));
  const std::lock_guard lock(mutex_);
  figures_.peakBytes = std::max(figures_.peakBytes, usage_.usedBytes);
  figures_.losses =
      tree_.losses() + measurer_.losses() + treeLosses_ + (options_.traced ? options_.traced->losses() : 0);
  figures_.refusals = measurer_.refusals();
  figures_.isTreeAlive = tree_.table().size() > 0;
}

void Sampler::applyTraced() {
  if (!options_.traced) return;
  options_.traced->take(traced_);
  for (const TraceEvent& event : traced_)
    tree_.apply(event, std::round((event.monotonicMs - options_.originMs) * 1000) / 1000);
}

/// Sums up what is used, and measures first where that is due: true when all of the sum is measured.
bool Sampler::measureAll(double atMs, bool isDemanded) {
  ProcessTable& table = tree_.table();
  const auto sum = [&] {
    usage_ = {};
    for (size_t position = 0; position < table.size(); ++position) {
      const Usage usage = estimateUsage(table[position], tree_.pageBytes());
      usage_.usedBytes += usage.usedBytes;
      usage_.fileBytes += usage.fileBytes;
      usage_.unknownBytes += usage.unknownBytes;
    }
    usage_.usedBytes += sharedHugeBytes_;
  };
  sum();
  const double highBytes = static_cast<double>(figures_.peakBytes) * kHighShare + kHighBytes;
  const bool isHigh = static_cast<double>(usage_.usedBytes) > highBytes;
  const bool mayBeHigh =
      usage_.unknownBytes > kUnknownBytes && static_cast<double>(usage_.usedBytes + usage_.unknownBytes) > highBytes;
  const Due due = findDue();
  measuring_.earn(atMs, due.certainBytes + due.otherBytes);
  // A high of memory that nobody shares is as well known without.
  const bool isUrgent = mayBeHigh || (isHigh && due.otherBytes > 0);
  const bool isRoutine = atMs - lastMeasuringMs_ >= kMeasuringMs;
  const bool isTime = isDemanded || isHigh || isUrgent || isRoutine;
  const bool isLeftForAll = isDemanded || (isRoutine && measuring_.isSavedUp(due.certainBytes + due.otherBytes));
  const bool isLeft = isLeftForAll || due.otherBytes == 0 || measuring_.isLeft(isUrgent);
  if (!isTime || !isLeft) {
    // An estimate cannot tell pages that others share.
    usage_.usedBytes = std::min(usage_.usedBytes, std::max(ceilingBytes(), measuredBytes_));
    return false;
  }

  const double startMs = milliseconds(CLOCK_THREAD_CPUTIME_ID);
  if (isLeftForAll || isRoutine || due.otherBytes > 0) lastMeasuringMs_ = atMs;
  bool isComplete = false;
  uint64_t lowestBytes = UINT64_MAX;
  // While processes come, or fault in pages that they share, shares that are read one after the other add up to more than there is.
  for (int round = 0; round < kMostRounds; ++round) {
    isComplete = measureRound(atMs, round > 0, isLeftForAll);
    sum();
    lowestBytes = std::min(lowestBytes, usage_.usedBytes);
    if (lowestBytes <= ceilingBytes()) break;
  }
  usage_.usedBytes = lowestBytes;
  measuredBytes_ = lowestBytes;
  measuring_.spend(milliseconds(CLOCK_THREAD_CPUTIME_ID) - startMs,
                   due.otherBytes + (isLeftForAll ? due.certainBytes : 0));
  return isComplete;
}

Sampler::Due Sampler::findDue() {
  Due due;
  for (size_t position = 0; position < tree_.table().size(); ++position) {
    const Process& process = tree_.table()[position];
    if (isCurrent(process, tree_.sharingChanges())) continue;
    const bool isSure = isCertain(process, tree_.pageBytes());
    (isSure ? due.certainBytes : due.otherBytes) += process.statm.resident * tree_.pageBytes();
  }
  return due;
}

/// Reads every process, or those alone of which something changed. Those whose growth is certain are only moved on where all would cost too
/// much: then the sum is not measured.
bool Sampler::measureRound(double atMs, bool isAgain, bool isLeftForAll) {
  ProcessTable& table = tree_.table();
  sharedHugeBytes_ = 0;
  bool isComplete = true;
  for (size_t position = 0; position < table.size(); ++position) {
    Process& process = table[position];
    const bool isDue = !isCurrent(process, tree_.sharingChanges()) || (isAgain && process.rollup.pssShared > 0);
    if (isDue && !isLeftForAll && isCertain(process, tree_.pageBytes())) {
      measurer_.moveOn(process, atMs);
      isComplete = false;
    } else if (isDue) {
      isComplete = measurer_.measure(process, tree_.sharingChanges(), atMs) && isComplete;
    }
    sharedHugeBytes_ = std::max(sharedHugeBytes_, process.rollup.sharedHuge);
  }
  return isComplete;
}

/// What the kernel has charged to the tree's own cgroup, and what it does not charge (swap, huge pages): no more can be in use, but for memory
/// that strangers share. No bound without a cgroup.
uint64_t Sampler::ceilingBytes() {
  if (!cgroup_) return UINT64_MAX;
  reading_ = cgroup_->read();
  uint64_t elsewhereBytes = sharedHugeBytes_;
  for (size_t position = 0; position < tree_.table().size(); ++position) {
    const Rollup& rollup = tree_.table()[position].rollup;
    elsewhereBytes += rollup.swapPss + rollup.privateHuge;
  }
  return reading_.anonBytes + reading_.sharedBytes + elsewhereBytes + kChargeBytes;
}

void Sampler::writeTree(double atMs, bool isMeasured) {
  const double row[] = {atMs,
                        static_cast<double>(usage_.usedBytes),
                        isMeasured ? 1.0 : 0.0,
                        static_cast<double>(usage_.fileBytes),
                        static_cast<double>(tree_.table().size()),
                        static_cast<double>(reading_.usageBytes),
                        static_cast<double>(reading_.anonBytes),
                        static_cast<double>(reading_.someStallMicros - firstReading_.someStallMicros),
                        static_cast<double>(reading_.fullStallMicros - firstReading_.fullStallMicros)};
  if (!out_.addRow(TableId::tree, row)) ++treeLosses_;
}

}  // namespace mm::profile
