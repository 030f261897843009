#pragma once

#include <sys/types.h>

#include <string>

#include "../status.h"
#include "unique_fd.h"

namespace mm {

/// Unix sockets with abstract names (unix(7)): no file, freed by the kernel when the last descriptor closes, however the process ends. Any
/// user of the network namespace may take any name, so each side asks the kernel who the other is.

/// Binds and listens. EADDRINUSE while anybody has the name. Non-blocking.
Result<UniqueFd> listenAbstract(const std::string& name);

/// Connects, waiting at most so long for room in the listener's queue; later reads and writes wait as long. EPERM where the listener is not
/// `pid` of our own user, ECONNREFUSED where there is none.
Result<UniqueFd> connectAbstract(const std::string& name, pid_t pid, int timeoutMs);

/// Whether the other end belongs to our own user.
bool isOwnPeer(int fd);

}  // namespace mm
