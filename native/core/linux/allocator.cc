#include "allocator.h"

#include <malloc.h>

namespace mm {

#ifdef __GLIBC__

Status limitArenas(int arenas) {
  // A fixed threshold stops glibc from raising it (and keeping more) after each large free: mallopt(3).
  constexpr int kTrimThresholdBytes = 128 * 1024;
  if (mallopt(M_ARENA_MAX, arenas) == 0 || mallopt(M_TRIM_THRESHOLD, kTrimThresholdBytes) == 0)
    return {EINVAL, "mallopt"};
  return {};
}

Status trimHeap() {
  malloc_trim(0);
  return {};
}

#else

Status limitArenas(int) {
  return {ENOSYS, "mallopt"};
}

Status trimHeap() {
  return {ENOSYS, "malloc_trim"};
}

#endif

}  // namespace mm
