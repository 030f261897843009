#pragma once

#include "../status.h"

namespace mm {

/// Refuses this process and its children every socket, of any family, for good: seccomp(2), which needs no privilege once
/// PR_SET_NO_NEW_PRIVS is set. A network namespace needs a user namespace, which some systems forbid, and leaves Unix sockets
/// with a name in the file system open. A kernel without seccomp filters is no error. Async-signal-safe.
Status refuseSockets();

}  // namespace mm
