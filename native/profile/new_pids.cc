#include "new_pids.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "proc_text.h"

namespace mm::profile {

pid_t NewPids::readLast() {
  char text[128];
  if (!loadavg_.isOpen()) loadavg_.open("/proc/loadavg");
  return parseLastPid(loadavg_.read(text)).value_or(0);
}

void NewPids::checkCounter(pid_t newest) {
  const pid_t last = readLast();
  isTrusted_ = last >= newest && last - newest <= kMostProbes;
}

bool NewPids::collect(double nowMs, std::vector<pid_t>& pids) {
  pids.clear();
  if (!isTrusted_) return scanAnew(nowMs, pids);
  const pid_t last = readLast();
  const pid_t before = std::exchange(last_, last);
  const bool isUnknown = before <= 0 || last < before || last - before > kMostProbes;
  // A pid is given out a moment before its process can be seen, so each is asked for at two ticks.
  const pid_t earlierFirst = std::exchange(earlierFirst_, isUnknown ? last - kRecent : before + 1);
  const pid_t earlierLast = std::exchange(earlierLast_, last);
  if (isUnknown) {
    scan(pids);
    return true;
  }
  for (pid_t pid = std::max(earlierFirst, 1); pid <= earlierLast; ++pid) pids.push_back(pid);
  for (pid_t pid = before + 1; pid <= last; ++pid) pids.push_back(pid);
  return false;
}

/// Only those who were not there at the scan before.
bool NewPids::scanAnew(double nowMs, std::vector<pid_t>& pids) {
  if (nowMs - lastScanMs_ < kScanMs) return false;
  lastScanMs_ = nowMs;
  std::vector<pid_t> all;
  scan(all);
  std::sort(all.begin(), all.end());
  std::set_difference(all.begin(), all.end(), known_.begin(), known_.end(), std::back_inserter(pids));
  known_ = std::move(all);
  return true;
}

void NewPids::scan(std::vector<pid_t>& pids) {
  if (folder_.get() < 0) folder_.reset(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder_.get() < 0 || lseek(folder_.get(), 0, SEEK_SET) < 0) return;
  alignas(8) char entries[16 * 1024];
  for (;;) {
    const long length = syscall(SYS_getdents64, folder_.get(), entries, sizeof(entries));
    if (length <= 0) return;
    for (long at = 0; at < length;) {
      // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
      uint16_t recordBytes;
      std::memcpy(&recordBytes, entries + at + 16, sizeof(recordBytes));
      pid_t pid = 0;
      const char* name = entries + at + 19;
      while (*name >= '0' && *name <= '9') pid = pid * 10 + (*name++ - '0');
      if (*name == '\0' && pid > 0) pids.push_back(pid);
      at += recordBytes;
    }
  }
}

}  // namespace mm::profile
