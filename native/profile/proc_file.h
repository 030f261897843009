#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "../core/linux/unique_fd.h"

namespace mm::profile {

/// A file of the kernel that is read again and again through one descriptor. One of /proc/<pid> never shows a later process of that pid.
class ProcFile {
 public:
  ProcFile() = default;

  /// False with errno when it cannot be opened.
  bool open(const char* path);
  bool isOpen() const { return fd_.get() >= 0; }
  void close() { fd_.reset(); }
  /// The text from the start, cut at the buffer's end; empty with errno when it cannot be read (ESRCH: the process is gone).
  std::string_view read(std::span<char> buffer) const;

 private:
  UniqueFd fd_;
};

/// The path of a file of a process.
struct ProcPath {
  char text[48];
  ProcPath(pid_t pid, const char* file);
};

/// The same for one reading.
std::string_view readProcFile(const char* path, std::span<char> buffer);

enum class SameMemory { yes, no, unknown };

/// kcmp(2), KCMP_VM: whether two processes have one memory (vfork, CLONE_VM). Many containers refuse the call.
SameMemory compareMemory(pid_t a, pid_t b);

}  // namespace mm::profile
