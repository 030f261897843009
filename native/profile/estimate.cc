#include "estimate.h"

#include <algorithm>

namespace mm::profile {
namespace {

/// Pages that others have too, below which a process counts as one that shares nothing: what forks leave behind in every program.
constexpr uint64_t kSharesNothingBytes = 64 * 1024;

uint64_t anonPages(const Statm& statm) {
  return statm.resident > statm.shared ? statm.resident - statm.shared : 0;
}

/// `bytes` as `now` is to `before`, at most all of them.
uint64_t shrink(uint64_t bytes, uint64_t now, uint64_t before) {
  if (before == 0 || now >= before) return bytes;
  return static_cast<uint64_t>(static_cast<double>(bytes) * static_cast<double>(now) / static_cast<double>(before));
}

}  // namespace

uint64_t measuredBytes(const Rollup& rollup) {
  return rollup.pssAnon + rollup.pssShared + rollup.swapPss + rollup.privateHuge;
}

Usage estimateUsage(const Process& process, uint64_t pageBytes) {
  if (process.origin == Origin::borrowed) return {};
  const uint64_t anon = anonPages(process.statm);
  if (!process.isMeasured) {
    const uint64_t inherited = process.origin == Origin::copy ? process.firstAnonPages : 0;
    return {(anon - std::min(anon, inherited)) * pageBytes, 0, process.statm.shared * pageBytes};
  }
  const Rollup& rollup = process.rollup;
  const uint64_t anonBefore = anonPages(process.statmMeasured);
  const uint64_t grown = anon > anonBefore ? (anon - anonBefore) * pageBytes : 0;
  const uint64_t shared = process.statm.shared;
  const uint64_t sharedBefore = process.statmMeasured.shared;
  return {shrink(rollup.pssAnon, anon, anonBefore) + grown + shrink(rollup.pssShared, shared, sharedBefore) +
              rollup.swapPss + rollup.privateHuge,
          shrink(rollup.pssFile, shared, sharedBefore),
          shared > sharedBefore ? (shared - sharedBefore) * pageBytes : 0};
}

bool isCertain(const Process& process, uint64_t pageBytes) {
  if (!process.isMeasured || process.hasForked || process.isRefused || isSharing(process)) return false;
  return estimateUsage(process, pageBytes).unknownBytes <= kUnknownBytes;
}

Rollup movedRollup(const Process& process, uint64_t pageBytes) {
  const uint64_t before = anonPages(process.statmMeasured) * pageBytes;
  const uint64_t now = anonPages(process.statm) * pageBytes;
  const auto moved = [&](uint64_t bytes) { return bytes + now - std::min(bytes + now, before); };
  Rollup rollup = process.rollup;
  rollup.resident = process.statm.resident * pageBytes;
  rollup.pss = moved(rollup.pss);
  rollup.pssAnon = moved(rollup.pssAnon);
  rollup.anon = moved(rollup.anon);
  rollup.privateDirty = moved(rollup.privateDirty);
  return rollup;
}

bool isSharing(const Process& process) {
  const uint64_t sharedAnon = process.rollup.anon - std::min(process.rollup.anon, process.rollup.pssAnon);
  return sharedAnon + process.rollup.pssShared > kSharesNothingBytes;
}

bool isCurrent(const Process& process, uint64_t sharingChanges) {
  if (process.origin == Origin::borrowed) return true;
  if (!process.isMeasured || process.hasForked || process.statm != process.statmMeasured) return false;
  if (process.faultsMeasured != process.minorFaults + process.majorFaults) return false;
  return process.sharingMeasured == sharingChanges || !isSharing(process);
}

}  // namespace mm::profile
