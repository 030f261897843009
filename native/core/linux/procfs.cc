#include "procfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "unique_fd.h"

namespace mm {
namespace {

/// Reads a file of /proc in one go where it fits; -1 with errno on failure.
ssize_t readFile(const char* path, char* bytes, size_t capacity) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return -1;
  size_t filled = 0;
  while (filled < capacity) {
    const ssize_t length = read(fd.get(), bytes + filled, capacity - filled);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return -1;
    if (length == 0) break;
    filled += static_cast<size_t>(length);
  }
  return static_cast<ssize_t>(filled);
}

std::optional<uint64_t> leadingNumber(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  uint64_t value = 0;
  const auto parsed = std::from_chars(text.data() + start, text.data() + text.size(), value);
  return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

struct Field {
  std::string_view key;
  uint64_t ProcessMemory::*member;
  uint64_t unit;
};

constexpr Field kFields[] = {
    {"VmHWM:", &ProcessMemory::peakResidentBytes, 1024}, {"RssAnon:", &ProcessMemory::anonBytes, 1024},
    {"RssFile:", &ProcessMemory::fileBytes, 1024},       {"RssShmem:", &ProcessMemory::sharedBytes, 1024},
    {"VmData:", &ProcessMemory::dataBytes, 1024},        {"VmPTE:", &ProcessMemory::pageTableBytes, 1024},
    {"VmSwap:", &ProcessMemory::swapBytes, 1024},        {"Threads:", &ProcessMemory::threads, 1},
};

/// Calls back with each name in a directory; false when it cannot be opened.
template <typename Visit>
bool visitDirectory(const char* path, Visit visit) {
  DIR* directory = opendir(path);
  if (directory == nullptr) return false;
  while (const dirent* entry = readdir(directory)) visit(entry->d_name);
  closedir(directory);
  return true;
}

std::optional<pid_t> parsePid(const char* name) {
  pid_t pid = 0;
  const char* end = name + std::strlen(name);
  const auto parsed = std::from_chars(name, end, pid);
  return parsed.ec == std::errc() && parsed.ptr == end ? std::optional(pid) : std::nullopt;
}

/// Appends the numbers of one children file.
void appendChildrenOfThread(pid_t pid, const char* thread, std::vector<pid_t>& pids) {
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/%d/task/%s/children", pid, thread);
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return;
  char bytes[4096];
  pid_t number = 0;
  bool inNumber = false;
  ssize_t length;
  while ((length = read(fd.get(), bytes, sizeof(bytes))) > 0) {
    for (ssize_t at = 0; at < length; ++at) {
      const bool digit = bytes[at] >= '0' && bytes[at] <= '9';
      if (digit) number = number * 10 + (bytes[at] - '0');
      if (!digit && inNumber) pids.push_back(std::exchange(number, 0));
      inNumber = digit;
    }
  }
  if (inNumber) pids.push_back(number);
}

void appendChildren(pid_t pid, std::vector<pid_t>& pids) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/task", pid);
  visitDirectory(path, [&](const char* name) {
    if (name[0] != '.') appendChildrenOfThread(pid, name, pids);
  });
}

struct Parentage {
  pid_t pid;
  pid_t parent;
};

std::optional<Parentage> readParentage(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  char bytes[512];
  const ssize_t length = readFile(path, bytes, sizeof(bytes));
  if (length <= 0) return std::nullopt;
  // The command name may hold anything, brackets too; the fields start after the last one: state, then ppid.
  const std::string_view text(bytes, static_cast<size_t>(length));
  const size_t bracket = text.rfind(')');
  if (bracket == std::string_view::npos || bracket + 4 > text.size()) return std::nullopt;
  const auto parent = leadingNumber(text.substr(bracket + 4));
  return parent ? std::optional(Parentage{pid, static_cast<pid_t>(*parent)}) : std::nullopt;
}

std::vector<Parentage> readAllParentage() {
  std::vector<Parentage> all;
  visitDirectory("/proc", [&](const char* name) {
    const auto pid = parsePid(name);
    const auto parentage = pid ? readParentage(*pid) : std::nullopt;
    if (parentage) all.push_back(*parentage);
  });
  return all;
}

bool exists(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d", pid);
  return access(path, F_OK) == 0;
}

}  // namespace

Result<ProcessMemory> readProcessMemory(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/status", pid);
  char bytes[8192];
  const ssize_t length = readFile(path, bytes, sizeof(bytes));
  if (length < 0) return errno == ENOENT ? Status{ESRCH, "open"} : Status::last("open");
  std::string_view rest(bytes, static_cast<size_t>(length));
  ProcessMemory memory;
  while (!rest.empty()) {
    const size_t newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline);
    for (const Field& field : kFields) {
      if (!line.starts_with(field.key)) continue;
      memory.*field.member = leadingNumber(line.substr(field.key.size())).value_or(0) * field.unit;
      break;
    }
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return memory;
}

Result<uint64_t> readStartTicks(pid_t pid) {
  constexpr int kStateField = 3;
  constexpr int kStartField = 22;
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  char bytes[1024];
  const ssize_t length = readFile(path, bytes, sizeof(bytes));
  if (length < 0) return errno == ENOENT ? Status{ESRCH, "open"} : Status::last("open");
  const std::string_view text(bytes, static_cast<size_t>(length));
  const size_t bracket = text.rfind(')');
  if (bracket == std::string_view::npos || bracket + 2 >= text.size()) return Status{EIO, "read"};
  size_t at = bracket + 2;
  if (text[at] == 'Z' || text[at] == 'X') return Status{ESRCH, "read"};
  for (int field = kStateField; field < kStartField && at != std::string_view::npos; ++field) {
    const size_t space = text.find(' ', at);
    at = space == std::string_view::npos ? space : space + 1;
  }
  const auto ticks = at == std::string_view::npos ? std::nullopt : leadingNumber(text.substr(at));
  return ticks ? Result<uint64_t>(*ticks) : Status{EIO, "read"};
}

std::vector<pid_t> listProcessTree(pid_t root) {
  std::vector<pid_t> tree;
  if (!exists(root)) return tree;
  tree.push_back(root);
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
  // A kernel without CONFIG_PROC_CHILDREN has no such file.
  if (access(path, F_OK) == 0) {
    for (size_t at = 0; at < tree.size(); ++at) appendChildren(tree[at], tree);
    return tree;
  }
  const std::vector<Parentage> all = readAllParentage();
  for (size_t at = 0; at < tree.size(); ++at) {
    for (const Parentage& process : all) {
      if (process.parent == tree[at]) tree.push_back(process.pid);
    }
  }
  return tree;
}

}  // namespace mm
