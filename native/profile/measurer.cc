#include "measurer.h"

#include <algorithm>
#include <cerrno>

#include "estimate.h"

namespace mm::profile {

void MeasuringTime::earn(double nowMs, uint64_t bytes) {
  leftMs_ = std::min(std::max(kMostMs, kReservedMs + expectedMs(bytes)), leftMs_ + (nowMs - atMs_) * kShare);
  atMs_ = nowMs;
}

void MeasuringTime::spend(double milliseconds, uint64_t bytes) {
  leftMs_ -= milliseconds;
  if (bytes >= kTellingBytes) msPerByte_ = milliseconds / static_cast<double>(bytes);
}

Measurer::Measurer(BatchExchange& out, uint64_t pageBytes) : out_(out), pageBytes_(pageBytes) {}

bool Measurer::readRollup(Process& process, const ProcessStatus& status, Rollup& rollup) {
  // Opened anew each time: a descriptor of it keeps to the memory that the process had, whatever it executes later.
  char text[2048];
  errno = 0;
  if (parseRollup(readProcFile(ProcPath(process.memoryThread, "smaps_rollup").text, text), rollup)) return true;
  if (errno == ESRCH) return false;
  if (!process.isRefused) ++refusals_;
  process.isRefused = true;
  rollup = {};
  rollup.resident = process.statm.resident * pageBytes_;
  rollup.anon = rollup.pssAnon = status.residentAnon;
  rollup.pssShared = status.residentShared;
  rollup.swap = rollup.swapPss = status.swap;
  return true;
}

bool Measurer::measure(Process& process, uint64_t sharingChanges, double nowMs) {
  char text[4096];
  ProcessStatus status;
  Rollup rollup;
  Statm statm;
  ProcessStat stat;
  if (!parseStatus(readProcFile(ProcPath(process.memoryThread, "status").text, text), status) ||
      !readRollup(process, status, rollup))
    return false;
  // The descriptors belong to this very process, so an answer says that the pid above was it too.
  if (!parseStatm(process.statmFile.read(text), statm) || !parseStat(process.statFile.read(text), stat)) return false;
  // Of a first thread that has ended stat shows no image, while the others go on.
  if (statm.size == 0 || (stat.image != process.image && stat.state != 'Z')) return false;
  process.isMeasured = true;
  process.rollup = rollup;
  process.statm = process.statmMeasured = statm;
  process.minorFaults = stat.minorFaults;
  process.majorFaults = stat.majorFaults;
  process.faultsMeasured = stat.minorFaults + stat.majorFaults;
  process.sharingMeasured = sharingChanges;
  process.hasForked = false;
  process.statmMoved = statm;
  if (process.hasOwnHighWater()) process.highWaterBytes = std::max(process.highWaterBytes, status.highWater);
  writeRow(process, rollup, status, nowMs);
  return true;
}

void Measurer::moveOn(Process& process, double nowMs) {
  char text[4096];
  ProcessStatus status;
  if (process.statm == process.statmMoved ||
      !parseStatus(readProcFile(ProcPath(process.memoryThread, "status").text, text), status))
    return;
  process.statmMoved = process.statm;
  if (process.hasOwnHighWater()) process.highWaterBytes = std::max(process.highWaterBytes, status.highWater);
  writeRow(process, movedRollup(process, pageBytes_), status, nowMs);
}

void Measurer::writeRow(const Process& process, const Rollup& rollup, const ProcessStatus& status, double nowMs) {
  const uint64_t figures[] = {rollup.resident,
                              rollup.pss,
                              rollup.pssAnon,
                              rollup.pssFile,
                              rollup.pssShared,
                              rollup.anon,
                              rollup.privateClean + rollup.privateDirty,
                              rollup.swap,
                              rollup.swapPss,
                              rollup.privateHuge,
                              process.highWaterBytes,
                              status.pageTables,
                              status.threads};
  double row[kTableColumns[static_cast<size_t>(TableId::measured)]] = {nowMs, static_cast<double>(process.index)};
  std::transform(std::begin(figures), std::end(figures), row + 2,
                 [](uint64_t figure) { return static_cast<double>(figure); });
  if (!out_.addRow(TableId::measured, row)) ++losses_;
}

}  // namespace mm::profile
