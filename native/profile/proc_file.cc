#include "proc_file.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace mm::profile {

bool ProcFile::open(const char* path) {
  fd_.reset(::open(path, O_RDONLY | O_CLOEXEC));
  return isOpen();
}

std::string_view ProcFile::read(std::span<char> buffer) const {
  // The kernel writes each of these files in one piece; a second call would make it write all of it again.
  ssize_t length;
  do {
    length = pread(fd_.get(), buffer.data(), buffer.size(), 0);
  } while (length < 0 && errno == EINTR);
  return length < 0 ? std::string_view{} : std::string_view(buffer.data(), static_cast<size_t>(length));
}

ProcPath::ProcPath(pid_t pid, const char* file) {
  std::snprintf(text, sizeof(text), "/proc/%d/%s", pid, file);
}

SameMemory compareMemory(pid_t a, pid_t b) {
  constexpr int kKcmpVm = 1;
  const long order = syscall(SYS_kcmp, a, b, kKcmpVm, 0, 0);
  return order < 0 ? SameMemory::unknown : order == 0 ? SameMemory::yes : SameMemory::no;
}

std::string_view readProcFile(const char* path, std::span<char> buffer) {
  ProcFile file;
  return file.open(path) ? file.read(buffer) : std::string_view{};
}

}  // namespace mm::profile
