#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../status.h"
#include "thread.h"
#include "unique_fd.h"

namespace mm {

/// A part of shared memory that is handed over: a descriptor (kept by whoever has it) and where in it the part lies.
struct SharedPart {
  int fd;
  uint64_t offset;
  uint64_t length;
};

/// Hands shared memory to any process of the same user that connects, on its own thread. It reads nothing from a client and never waits for
/// one: whoever connects gets one message, or nothing, and is let go.
class HandoverServer {
 public:
  static constexpr size_t kMostParts = 2;
  static constexpr size_t kMostMetadataBytes = 4096;

  /// EADDRINUSE while anybody has the name, EINVAL for more than those parts or bytes. The parts are duplicated.
  static Result<std::unique_ptr<HandoverServer>> start(const std::string& name, const std::vector<SharedPart>& parts,
                                                       const std::string& metadata);
  ~HandoverServer();
  HandoverServer(const HandoverServer&) = delete;
  HandoverServer& operator=(const HandoverServer&) = delete;

  /// Clients that were handed the parts, and those that were not, being of another user or gone.
  uint64_t answered() const { return answered_.load(); }
  uint64_t refused() const { return refused_.load(); }

 private:
  HandoverServer() = default;
  void serve();
  void answer(int client);

  UniqueFd listener_;
  /// An eventfd: readable = stop.
  UniqueFd stop_;
  std::vector<UniqueFd> descriptors_;
  std::vector<SharedPart> parts_;
  std::string metadata_;
  std::atomic<uint64_t> answered_{0};
  std::atomic<uint64_t> refused_{0};
  Thread thread_;
};

/// What came: the descriptors belong to the receiver, and nothing in it has been checked but that each part lies in a whole file.
struct Handover {
  struct Part {
    UniqueFd fd;
    uint64_t offset = 0;
    uint64_t length = 0;
  };
  std::vector<Part> parts;
  std::string metadata;
};

/// Asks the process `pid` of our own user. EPERM where the name belongs to somebody else, ECONNREFUSED where nobody has it, ETIMEDOUT,
/// EBADMSG for a message that is not one of ours.
Result<Handover> receiveHandover(const std::string& name, pid_t pid, int timeoutMs);

}  // namespace mm
