#include "abstract_socket.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace mm {
namespace {

// So many may wait to be answered while the listener's thread has no processor.
constexpr int kBacklog = 128;

struct Address {
  sockaddr_un bytes{};
  socklen_t length = 0;
};

Result<Address> addressOf(const std::string& name) {
  Address address;
  address.bytes.sun_family = AF_UNIX;
  // The first byte of an abstract name is 0.
  if (name.empty() || name.size() > sizeof(address.bytes.sun_path) - 1) return Status{ENAMETOOLONG, "bind"};
  std::memcpy(address.bytes.sun_path + 1, name.data(), name.size());
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return address;
}

Result<ucred> peerOf(int fd) {
  ucred peer{};
  socklen_t length = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return Status::last("getsockopt");
  return peer;
}

}  // namespace

Result<UniqueFd> listenAbstract(const std::string& name) {
  const Result<Address> address = addressOf(name);
  if (!address.ok()) return address.status;
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return Status::last("socket");
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.value.bytes), address.value.length) != 0)
    return Status::last("bind");
  if (listen(fd.get(), kBacklog) != 0) return Status::last("listen");
  return fd;
}

Result<UniqueFd> connectAbstract(const std::string& name, pid_t pid, int timeoutMs) {
  const Result<Address> address = addressOf(name);
  if (!address.ok()) return address.status;
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return Status::last("socket");
  const timeval timeout{timeoutMs / 1000, (timeoutMs % 1000) * 1000};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  int outcome;
  do {
    outcome = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.value.bytes), address.value.length);
  } while (outcome != 0 && errno == EINTR);
  if (outcome != 0) return errno == EAGAIN ? Status{ETIMEDOUT, "connect"} : Status::last("connect");
  const Result<ucred> peer = peerOf(fd.get());
  if (!peer.ok()) return peer.status;
  if (peer.value.uid != geteuid() || peer.value.pid != pid) return Status{EPERM, "connect"};
  return fd;
}

bool isOwnPeer(int fd) {
  const Result<ucred> peer = peerOf(fd);
  return peer.ok() && peer.value.uid == geteuid();
}

}  // namespace mm
