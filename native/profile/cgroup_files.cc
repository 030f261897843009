#include "cgroup_files.h"

#include "proc_text.h"

namespace mm::profile {

CgroupFiles::CgroupFiles(const std::string& folder, int version) : version_(version) {
  const bool isV2 = version == 2;
  usage_.open((folder + (isV2 ? "/memory.current" : "/memory.usage_in_bytes")).c_str());
  stat_.open((folder + "/memory.stat").c_str());
  peak_.open((folder + (isV2 ? "/memory.peak" : "/memory.max_usage_in_bytes")).c_str());
  events_.open((folder + (isV2 ? "/memory.events" : "/memory.oom_control")).c_str());
  if (isV2) pressure_.open((folder + "/memory.pressure").c_str());
}

CgroupReading CgroupFiles::read() const {
  char text[8192];
  CgroupReading reading;
  reading.usageBytes = numberAfter(usage_.read(text), "");
  // v1 counts what lies below under total_, v2 always.
  const std::string_view stat = stat_.read(text);
  reading.anonBytes = numberAfter(stat, version_ == 2 ? "anon " : "total_rss ");
  reading.sharedBytes = numberAfter(stat, version_ == 2 ? "shmem " : "total_shmem ");
  if (!pressure_.isOpen()) return reading;
  const std::string_view stalls = pressure_.read(text);
  reading.someStallMicros = stallMicros(stalls, "some ");
  reading.fullStallMicros = stallMicros(stalls, "full ");
  return reading;
}

std::optional<uint64_t> CgroupFiles::peakBytes() const {
  char text[64];
  const std::string_view peak = peak_.isOpen() ? peak_.read(text) : std::string_view{};
  return peak.empty() ? std::nullopt : std::optional(numberAfter(peak, ""));
}

uint64_t CgroupFiles::oomKills() const {
  char text[1024];
  return events_.isOpen() ? numberAfter(events_.read(text), "oom_kill ") : 0;
}

}  // namespace mm::profile
