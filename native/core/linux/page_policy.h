#pragma once

#include <cstddef>

namespace mm {

enum class PagePolicy { base, transparentHuge, hugetlb2m, hugetlb1g };

size_t basePageBytes();

/// Page size of a hugetlb policy; 0 for the others.
size_t hugetlbPageBytes(PagePolicy policy);

/// MAP_HUGE_* and MFD_HUGE_* share their encoding: log2 of the page size at bit 26 (mmap(2), memfd_create(2)).
unsigned hugetlbSizeFlag(PagePolicy policy);

/// Size of a transparent huge page on this machine, or 0 when the kernel will not give one to memory that asks by
/// madvise: /sys/kernel/mm/transparent_hugepage/enabled, for shared memory shmem_enabled.
size_t transparentHugePageBytes(bool shared);

}  // namespace mm
