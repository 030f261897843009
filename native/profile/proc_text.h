#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace mm::profile {

// The texts of /proc and of cgroups, read without trust: whatever is not as the manual says gives false or 0.

/// proc_pid_statm(5), in pages. `shared` are resident file and shared pages.
struct Statm {
  uint64_t size = 0;
  uint64_t resident = 0;
  uint64_t shared = 0;

  bool operator==(const Statm&) const = default;
};
bool parseStatm(std::string_view text, Statm& statm);

/// proc_pid_stat(5).
struct ProcessStat {
  pid_t pid = 0;
  /// comm, which may hold any byte but 0.
  char name[16] = "";
  char state = '?';
  pid_t parent = 0;
  pid_t session = 0;
  uint64_t minorFaults = 0;
  uint64_t majorFaults = 0;
  uint64_t cpuTicks = 0;
  uint64_t threads = 0;
  uint64_t startTicks = 0;
  /// Where program text and stack begin and end, mixed: another one is another program. 0 where the kernel does not tell us.
  uint64_t image = 0;
  /// As wait(2) gives it; of a process that has ended.
  int exitStatus = 0;
};
bool parseStat(std::string_view text, ProcessStat& stat);

/// /proc/<pid>/smaps_rollup, in bytes.
struct Rollup {
  uint64_t resident = 0;
  uint64_t pss = 0;
  uint64_t pssAnon = 0;
  uint64_t pssFile = 0;
  uint64_t pssShared = 0;
  uint64_t anon = 0;
  uint64_t privateClean = 0;
  uint64_t privateDirty = 0;
  uint64_t swap = 0;
  uint64_t swapPss = 0;
  uint64_t privateHuge = 0;
  uint64_t sharedHuge = 0;
};
bool parseRollup(std::string_view text, Rollup& rollup);

/// What is taken of proc_pid_status(5), in bytes.
struct ProcessStatus {
  pid_t threadGroup = 0;
  pid_t parent = 0;
  uint64_t highWater = 0;
  uint64_t residentAnon = 0;
  uint64_t residentShared = 0;
  uint64_t swap = 0;
  uint64_t pageTables = 0;
  uint64_t threads = 0;
};
bool parseStatus(std::string_view text, ProcessStatus& status);

/// The last pid that was given out: the fifth word of proc_loadavg(5).
std::optional<pid_t> parseLastPid(std::string_view text);

/// The number behind `key` at the start of a line; the first number of the text for "".
uint64_t numberAfter(std::string_view text, std::string_view key);

/// `total=` of a line of /proc/pressure/memory or memory.pressure ("some", "full"), in microseconds.
uint64_t stallMicros(std::string_view text, std::string_view kind);

}  // namespace mm::profile
