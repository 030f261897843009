#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "proc_file.h"
#include "proc_text.h"

namespace mm::profile {

/// Where the memory of a process came from, which says what of it is its own until it is measured.
enum class Origin {
  /// A program of its own: what is resident and not shared belongs to it.
  program,
  /// A fork without exec: its pages are its parent's until somebody writes.
  copy,
  /// vfork, or clone with CLONE_VM: its memory is its parent's, and none of it counts.
  borrowed,
};

/// A live process of the tree.
struct Process {
  /**
   * What a fork begins with was its parent's, and is gone if it becomes another program: only a second look says that it stays a copy, whose
   * pages are then its own high water.
   */
  bool hasOwnHighWater() const { return origin == Origin::program || (origin == Origin::copy && sightings > 1); }

  pid_t pid = 0;
  /// Index in the capture, and that of its parent.
  int32_t index = -1;
  int32_t parent = -1;
  pid_t parentPid = 0;
  pid_t session = 0;
  /// A thread that has the memory: the first one, as long as it lives.
  pid_t memoryThread = 0;
  uint64_t startTicks = 0;
  uint64_t image = 0;
  char name[16] = "";
  Origin origin = Origin::program;
  ProcFile statmFile;
  ProcFile statFile;

  Statm statm;
  uint64_t minorFaults = 0;
  uint64_t majorFaults = 0;
  uint64_t cpuTicks = 0;
  double lastChangeMs = 0;
  double lastStatMs = 0;
  double lastRowMs = 0;
  uint32_t sightings = 0;
  /// Anonymous pages when it was first seen: of a copy, what came from its parent.
  uint64_t firstAnonPages = 0;
  /// VmHWM, or the most that was seen resident.
  uint64_t highWaterBytes = 0;

  /// smaps_rollup is not ours to read.
  bool isRefused = false;
  /// The last measurement, what statm and the faults were then, and ProcessTree::sharingChanges.
  bool isMeasured = false;
  Rollup rollup;
  Statm statmMeasured;
  /// Of the last row about it: of that measurement, or of Measurer::moveOn since.
  Statm statmMoved;
  uint64_t faultsMeasured = 0;
  uint64_t sharingMeasured = 0;
  /// Since then.
  bool hasForked = false;
};

/// The live processes of the tree by pid. Positions move when one is removed.
class ProcessTable {
 public:
  /// More live processes than that at once are counted and not followed.
  static constexpr size_t kCapacity = 4096;

  ProcessTable();
  size_t size() const { return processes_.size(); }
  Process& operator[](size_t position) { return processes_[position]; }
  /// nullptr when there is none.
  Process* find(pid_t pid);
  /// nullptr when the table is full.
  Process* add(pid_t pid);
  /// The last one takes its place.
  void remove(pid_t pid);

 private:
  std::vector<Process> processes_;
  std::unordered_map<pid_t, size_t> positions_;
};

}  // namespace mm::profile
