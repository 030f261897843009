#include "page_policy.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "unique_fd.h"

namespace mm {
namespace {

/// Reads a small file of /sys as text; empty on failure.
template <size_t Size>
bool readText(const char* path, char (&text)[Size]) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t length = fd.get() < 0 ? -1 : read(fd.get(), text, Size - 1);
  text[length < 0 ? 0 : length] = '\0';
  return length > 0;
}

}  // namespace

size_t basePageBytes() {
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

size_t hugetlbPageBytes(PagePolicy policy) {
  if (policy == PagePolicy::hugetlb2m) return size_t{1} << 21;
  if (policy == PagePolicy::hugetlb1g) return size_t{1} << 30;
  return 0;
}

unsigned hugetlbSizeFlag(PagePolicy policy) {
  constexpr unsigned kShift = 26;
  if (policy == PagePolicy::hugetlb2m) return 21u << kShift;
  if (policy == PagePolicy::hugetlb1g) return 30u << kShift;
  return 0;
}

size_t transparentHugePageBytes(bool shared) {
  char text[128];
  if (!readText(
          shared ? "/sys/kernel/mm/transparent_hugepage/shmem_enabled" : "/sys/kernel/mm/transparent_hugepage/enabled",
          text)) {
    return 0;
  }
  if (std::strstr(text, "[never]") != nullptr || std::strstr(text, "[deny]") != nullptr) return 0;
  if (!readText("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text)) return 0;
  return std::strtoul(text, nullptr, 10);
}

}  // namespace mm
