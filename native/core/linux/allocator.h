#pragma once

#include "../status.h"

namespace mm {

/// Caps the arenas of this process's C allocator and fixes its trim threshold. ENOSYS without glibc.
Status limitArenas(int arenas);

/// Gives free heap pages back to the kernel. ENOSYS without glibc.
Status trimHeap();

}  // namespace mm
