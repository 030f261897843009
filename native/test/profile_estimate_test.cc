// What is taken to be used between two measurements, and the batches that carry rows and events.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "../profile/batch.h"
#include "../profile/cgroup_files.h"
#include "../profile/estimate.h"
#include "../profile/measurer.h"
#include "../profile/trace_queue.h"
#include "check.h"

namespace {

using namespace mm::profile;

constexpr uint64_t kPage = 4096;

void testEstimate() {
  Process process;
  process.statm = {1000, 300, 100};
  CHECK(estimateUsage(process, kPage).usedBytes == 200 * kPage);
  CHECK(estimateUsage(process, kPage).unknownBytes == 100 * kPage);
  process.origin = Origin::copy;
  process.firstAnonPages = 150;
  CHECK(estimateUsage(process, kPage).usedBytes == 50 * kPage);
  process.firstAnonPages = 500;
  CHECK(estimateUsage(process, kPage).usedBytes == 0);
  process.origin = Origin::borrowed;
  CHECK(estimateUsage(process, kPage).usedBytes == 0);

  // Half of its anonymous pages are a child's too.
  process.origin = Origin::program;
  process.isMeasured = true;
  process.statmMeasured = process.statm;
  process.rollup.anon = 200 * kPage;
  process.rollup.pssAnon = 100 * kPage;
  process.rollup.pssShared = 40 * kPage;
  process.rollup.pssFile = 10 * kPage;
  process.rollup.swapPss = 3 * kPage;
  process.rollup.privateHuge = 512 * kPage;
  const uint64_t measured = (100 + 40 + 3 + 512) * kPage;
  CHECK(measuredBytes(process.rollup) == measured && estimateUsage(process, kPage).usedBytes == measured);
  CHECK(estimateUsage(process, kPage).fileBytes == 10 * kPage && estimateUsage(process, kPage).unknownBytes == 0);
  process.statm.resident += 50;
  CHECK(estimateUsage(process, kPage).usedBytes == measured + 50 * kPage);
  process.statm = {1000, 200, 100};
  CHECK(estimateUsage(process, kPage).usedBytes == measured - 50 * kPage);
  process.statm = {1000, 150, 50};
  CHECK(estimateUsage(process, kPage).usedBytes == measured - (50 + 20) * kPage);
  CHECK(estimateUsage(process, kPage).fileBytes == 5 * kPage);
  process.statm = {1000, 600, 400};
  CHECK(estimateUsage(process, kPage).usedBytes == measured &&
        estimateUsage(process, kPage).unknownBytes == 300 * kPage);
  // The kernel's counters are read one after the other: less resident than shared is possible.
  process.statm = {1000, 10, 20};
  CHECK(estimateUsage(process, kPage).usedBytes < measured);
}

void testCurrent() {
  Process process;
  CHECK(!isCurrent(process, 0));
  process.isMeasured = true;
  CHECK(isCurrent(process, 0) && isCurrent(process, 7));
  process.minorFaults = 1;
  CHECK(!isCurrent(process, 0));
  process.faultsMeasured = 1;
  process.hasForked = true;
  CHECK(!isCurrent(process, 0));
  process.hasForked = false;
  process.rollup.anon = 1 << 20;
  CHECK(isSharing(process) && isCurrent(process, 0) && !isCurrent(process, 1));
  process.rollup.pssAnon = 1 << 20;
  CHECK(!isSharing(process) && isCurrent(process, 1));
  process.statm.resident = 1;
  CHECK(!isCurrent(process, 1));
  process.origin = Origin::borrowed;
  CHECK(isCurrent(process, 1));
}

void testCertain() {
  Process process;
  process.statm = process.statmMeasured = {1000, 300, 100};
  CHECK(!isCertain(process, kPage));
  process.isMeasured = true;
  process.rollup.pss = 250 * kPage;
  process.rollup.anon = process.rollup.pssAnon = process.rollup.privateDirty = 200 * kPage;
  process.statm = {1500, 700, 110};
  CHECK(isCertain(process, kPage));
  const Rollup more = movedRollup(process, kPage);
  CHECK(more.resident == 700 * kPage && more.anon == 590 * kPage && more.pssAnon == 590 * kPage);
  CHECK(more.pss == 640 * kPage && more.privateDirty == 590 * kPage);
  process.statm = {1500, 120, 110};
  CHECK(movedRollup(process, kPage).pssAnon == 10 * kPage && movedRollup(process, kPage).pss == 60 * kPage);
  // Of 8 MiB and more that are mapped files or shared memory, only a measurement knows whose they are.
  process.statm = {4000, 2900, 2700};
  CHECK(!isCertain(process, kPage));
  process.statm = process.statmMeasured;
  process.hasForked = true;
  CHECK(!isCertain(process, kPage));
  process.hasForked = false;
  process.rollup.pssShared = 1 << 20;
  CHECK(!isCertain(process, kPage));
}

void testTime() {
  constexpr uint64_t kGib = 1 << 30;
  MeasuringTime time(0);
  // What is known without waits until there are 8 ms more; the rest does not.
  CHECK(time.isLeft(false) && time.isSavedUp(1 << 20) && !time.isSavedUp(kGib));
  time.earn(1900, kGib);
  CHECK(!time.isSavedUp(kGib));
  time.earn(2100, kGib);
  CHECK(time.isSavedUp(kGib));
  // It took longer than expected: 22 ms are owed, and the next one waits for 50 and what is kept for others.
  time.spend(50, kGib);
  CHECK(!time.isLeft(true));
  time.earn(2700, kGib);
  CHECK(time.isLeft(true) && !time.isLeft(false));
  time.earn(7700, kGib);
  CHECK(time.isLeft(false) && !time.isSavedUp(kGib));
  time.earn(24'000, kGib);
  CHECK(time.isLeft(false) && !time.isSavedUp(kGib));
  time.earn(24'200, kGib);
  CHECK(time.isSavedUp(kGib));
  // A small one says nothing of large ones.
  time.spend(60, 1 << 20);
  time.earn(40'000, kGib);
  CHECK(time.isSavedUp(kGib));
  // What was not used for a day is not spent at once.
  time.earn(1e9, 0);
  time.spend(20, 0);
  CHECK(!time.isLeft(false) && time.isLeft(true));
}

void testBatches() {
  BatchExchange exchange;
  const double row[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(exchange.addRow(TableId::tree, row));
  const Event event{EventKind::process, 3, -1, 42, 1.5, -1, 0, 0, "sh", 0, 0};
  CHECK(exchange.addEvent(event, std::string_view("a\0bc\0", 5)));
  const Batch& first = exchange.drain();
  CHECK(first.rows(TableId::tree).size() == 9 && first.rows(TableId::tree)[8] == 9 &&
        first.rows(TableId::resident).empty());
  CHECK(first.events().size() == 1 && first.textOf(first.events()[0]) == std::string_view("a\0bc\0", 5));
  size_t rows = 0;
  while (exchange.addRow(TableId::tree, row)) ++rows;
  CHECK(rows >= 1000);
  const std::string command(4096, 'x');
  size_t events = 0;
  while (exchange.addEvent(event, command)) ++events;
  CHECK(events >= 500);
  // The one that is read stays as it is while the other is full.
  CHECK(first.events().size() == 1);
  CHECK(exchange.drain().rows(TableId::tree).size() == rows * 9 && exchange.addRow(TableId::tree, row));
  CHECK(exchange.drain().rows(TableId::tree).size() == 9 && exchange.drain().rows(TableId::tree).empty());
}

void testTable() {
  ProcessTable table;
  for (pid_t pid = 1; pid <= static_cast<pid_t>(ProcessTable::kCapacity); ++pid) CHECK(table.add(pid) != nullptr);
  CHECK(table.add(9999) == nullptr);
  table.remove(1);
  table.remove(1);
  table.remove(static_cast<pid_t>(ProcessTable::kCapacity));
  CHECK(table.find(1) == nullptr && table.find(4096) == nullptr && table.size() == ProcessTable::kCapacity - 2);
  for (pid_t pid = 2; pid < static_cast<pid_t>(ProcessTable::kCapacity); ++pid)
    CHECK(table.find(pid) != nullptr && table.find(pid)->pid == pid);
}

void testQueue() {
  TraceQueue queue;
  std::vector<TraceEvent> events;
  TraceEvent event{};
  for (int count = 0; count < 5000; ++count) {
    event.pid = count;
    queue.push(event);
  }
  queue.take(events);
  CHECK(events.size() == 4096 && events[4095].pid == 4095 && queue.losses() == 5000 - 4096);
  queue.push(event);
  queue.take(events);
  CHECK(events.size() == 1 && events[0].pid == 4999);
}

void put(const std::string& folder, const char* name, const char* text) {
  std::ofstream(folder + "/" + name) << text;
}

void testCgroups() {
  const CgroupFiles none("/nowhere/at/all", 2);
  CHECK(none.read().usageBytes == 0 && !none.peakBytes() && none.oomKills() == 0);

  char name[] = "/tmp/mm-cgroup-XXXXXX";
  const std::string folder = mkdtemp(name);
  put(folder, "memory.current", "81920\n");
  put(folder, "memory.stat", "anon_thp 5\nanon 40960\nfile 40960\ntotal_rss 7\n");
  put(folder, "memory.pressure",
      "some avg10=0.00 avg60=0.00 avg300=0.00 total=17\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
  put(folder, "memory.events", "low 0\noom 4\noom_kill 3\noom_group_kill 1\n");
  {
    const CgroupFiles unified(folder, 2);
    const CgroupReading reading = unified.read();
    CHECK(reading.usageBytes == 81920 && reading.anonBytes == 40960);
    CHECK(reading.someStallMicros == 17 && reading.fullStallMicros == 5);
    CHECK(!unified.peakBytes() && unified.oomKills() == 3);
  }
  put(folder, "memory.peak", "99999\n");
  CHECK(CgroupFiles(folder, 2).peakBytes() == 99999);
  put(folder, "memory.usage_in_bytes", "4096\n");
  put(folder, "memory.max_usage_in_bytes", "8192\n");
  put(folder, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  const CgroupFiles legacy(folder, 1);
  CHECK(legacy.read().usageBytes == 4096 && legacy.read().anonBytes == 7 && legacy.read().someStallMicros == 0);
  CHECK(legacy.peakBytes() == 8192 && legacy.oomKills() == 2);
  std::filesystem::remove_all(folder);
}

}  // namespace

int main() {
  testEstimate();
  testCurrent();
  testCertain();
  testTime();
  testBatches();
  testTable();
  testQueue();
  testCgroups();
  return checkResult();
}
